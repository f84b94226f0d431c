"""Files of data sets and answers, written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole(target: Path) -> Iterator[Path]:
    """Give a file beside the target, of the same ending, that takes its place at the end, or goes where that fails."""
    target.parent.mkdir(parents=True, exist_ok=True)
    ends = "".join(target.suffixes[-2:]) if target.name.endswith(".gz") else target.suffix
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".unfinished-", suffix=ends)
    os.close(handle)
    try:
        yield Path(name)
        with Path(name).open("rb+") as file:
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(target)
    finally:
        Path(name).unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text in UTF-8, whatever the locale; OSError where that is not possible."""
    with whole(path) as file:
        file.write_text(text, encoding="utf-8")
