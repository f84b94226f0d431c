"""The Python files of a checkout that can be imported, and what they hold."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

NO_CODE = frozenset(
    (
        "tests",
        "build",
        "dist",
        "docs",
        "venv",
        "data/raw",
        "data/prepared",
        "results/runs",
        "results/kept",
        "reports/html",
    )
)
"""Folders below a checkout that hold no code that computes, and may hold very many files."""


def importable(root: Path) -> Iterator[str]:
    """Yield the Python files of the root, and its folders that may be packages, by name."""
    for path in root.iterdir() if root.is_dir() else ():
        if path.suffix == ".py" or (path.name.isidentifier() and path.name not in NO_CODE and path.is_dir()):
            yield path.name


def python_files(root: Path, name: str) -> Iterator[str]:
    """Yield a Python file, or those of a folder that can be imported, by path below the root."""
    if name.endswith(".py"):
        yield from [name] if (root / name).is_file() else []
    for folder, below, files in os.walk(root / name):
        place = Path(folder).relative_to(root)
        below[:] = [one for one in below if one.isidentifier() and (place / one).as_posix() not in NO_CODE]
        for file in files:
            if file.endswith(".py") and (Path(folder) / file).is_file():
                yield (place / file).as_posix()


def read(path: Path) -> bytes:
    """Return a file's content with line ends as everywhere, so that a checkout on another system is the same code."""
    return with_line_feeds(path.read_bytes())


def with_line_feeds(content: bytes) -> bytes:
    """Return a content with the line ends of Unix."""
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
