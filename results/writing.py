"""Files written whole or not at all, and contents that are equal bytes for equal values."""

from __future__ import annotations

import io
import json
import os
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from results.errors import ResultError

if TYPE_CHECKING:
    import pandas as pd

Arrays = Mapping[str, npt.NDArray[Any]]


def write_atomic(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Write a file whole or not at all: temporary file beside it, fsync, rename, fsync of the folder.

    ResultError where the disk is full or the folder can't be written; what was there before is still there.
    """
    try:
        _write_atomic(path, write)
    except OSError as error:
        reason = error.strerror or error
        raise ResultError(f"{path} cannot be written ({reason}); mend that and start the same command again") from None


def _write_atomic(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def write_text(path: Path, text: str) -> None:
    """Write a text in UTF-8, whatever the locale."""
    write_atomic(path, partial(put, text.encode()))


def write_json(path: Path, value: object) -> None:
    """Write a value as JSON with sorted keys."""
    write_atomic(path, partial(put, as_json(value)))


def as_json(value: object) -> bytes:
    """Return a value as a file's content, with sorted keys."""
    return (json.dumps(value, indent=1, sort_keys=True) + "\n").encode()


def parquet(frame: pd.DataFrame) -> bytes:
    """Return a table as a file's content; equal tables give equal bytes."""
    buffer = io.BytesIO()
    frame.to_parquet(buffer, engine="pyarrow", index=False, compression="zstd")
    return buffer.getvalue()


def archive(arrays: Arrays) -> bytes:
    """Return named arrays, compressed, as a file's content; equal arrays give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:  # as numpy's, but for one array at a time
        for name, value in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                np.lib.format.write_array(file, np.asarray(value), allow_pickle=False)
    return buffer.getvalue()


def put(content: bytes, file: IO[bytes]) -> None:
    """Write bytes: what ``write_atomic`` is handed for a content that is there already."""
    file.write(content)
