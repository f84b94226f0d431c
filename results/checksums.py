"""Checksums of a run's files, in the format that ``sha256sum -c SHA256SUMS`` reads."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import numpy.typing as npt

from results.errors import ResultError
from results.outside import FOLDER

SUMS = "SHA256SUMS"
PREDICTIONS = "predictions"  # pictures of patients: published folders leave out all of it, and list it still
KINDS = ("record.json", "cell.json", "code.json", "*.parquet", f"{PREDICTIONS}/*.npz")
Take = Callable[[str, npt.NDArray[Any]], npt.NDArray[Any] | None]
UNREADABLE = (  # what numpy raises for an archive that is broken or holds something else
    *(OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, RuntimeError),
    *(zipfile.BadZipFile, zlib.error),
)


def listing(contents: Mapping[str, bytes]) -> bytes:
    """Return the file that lists the checksum of each content by its name below the folder."""
    lines = (f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(contents.items()))
    return "".join(lines).encode()


def listed(content: bytes) -> Mapping[str, str]:
    """Return the checksum of each name that a listing holds."""
    pairs = (line.split("  ", 1) for line in content.decode(errors="replace").splitlines())
    return {pair[1]: pair[0] for pair in pairs if len(pair) == 2}


def sums_of(folder: Path) -> Mapping[str, str]:
    """Return what a folder's listing holds; {} where there is none, as older versions left it."""
    path = folder / SUMS
    return listed(path.read_bytes()) if path.exists() else {}


def present(folder: Path) -> set[str]:
    """Return the names of the files there are that a listing must hold."""
    outside = (path for path in (folder / FOLDER).rglob("*") if path.is_file())
    found = (path for kind in KINDS for path in folder.glob(kind))
    return {path.relative_to(folder).as_posix() for path in (*found, *outside)}


def must_be_listed(name: str) -> bool:
    """Return whether a file of this name belongs in a listing."""
    path = PurePosixPath(name)
    if path.parts[0] == FOLDER and len(path.parts) > 1:
        return True
    return any(path.match(kind) and len(path.parts) == kind.count("/") + 1 for kind in KINDS)


def read_whole(folder: Path, name: str) -> bytes:
    """Return a file's bytes; ResultError where they are not what the folder lists, or the file isn't there or listed.

    Folders of older versions list nothing, or all but cell.json; a sealed record says that its folder lists all.
    """
    expected = sums_of(folder).get(name)
    if expected is None:
        _check_unlisted(folder, name)
    try:
        content = (folder / name).read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a damaged listing can hold names that no file may have
        reason = getattr(error, "strerror", None) or error
        raise ResultError(f"{folder / name} cannot be read ({reason}); run the cell again") from None
    return check(content, expected, folder / name)


def check(content: bytes, expected: str | None, what: object) -> bytes:
    """Return a content; ResultError if its checksum is another than the listed one, where one is listed."""
    if expected is not None and hashlib.sha256(content).hexdigest() != expected:
        raise ResultError(f"{what} is damaged (not what {SUMS} lists); run the cell again")
    return content


def whole(name: str, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return all of an array, whatever its name."""
    return values


def arrays_of(folder: Path, name: str, take: Take = whole) -> dict[str, npt.NDArray[Any]]:
    """Return the named arrays of a run's file; ResultError where it is damaged or holds anything but plain arrays.

    take: what is kept of an array before the next one is read; None for nothing.
    """
    content = read_whole(folder, name)
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            taken = ((name, take(name, file[name])) for name in file.files)
            return {name: values for name, values in taken if values is not None}
    except UNREADABLE as error:
        words = f"{folder / name} cannot be read ({first_line(error)})"
        raise ResultError(f"{words}; run the cell again with --force") from None


def first_line(error: Exception) -> str:
    """Return the first line of an error's text, else its name."""
    return (str(error).splitlines() or [type(error).__name__])[0]


def damage(folder: Path) -> dict[str, str]:
    """Return what is damaged, missing or unlisted in a run's folder: its name, and why in a sentence.

    Predictions that are left out as a whole are no damage.
    """
    names = sorted({*sums_of(folder), *present(folder)})
    if not (folder / PREDICTIONS).exists():
        names = [name for name in names if not name.startswith(f"{PREDICTIONS}/")]
    found = {}
    for name in names:
        try:
            read_whole(folder, name)
        except ResultError as error:
            found[name] = str(error)
    return found


def _check_unlisted(folder: Path, name: str) -> None:
    there, sealed = (folder / SUMS).exists(), _sealed(folder)
    if not there and sealed:
        raise ResultError(f"{folder / SUMS} is missing, so nothing tells whether {name} is whole; run the cell again")
    if there and (sealed or name != "cell.json"):
        raise ResultError(f"{folder / SUMS} is damaged (it does not list {name}); run the cell again")


def _sealed(folder: Path) -> bool:
    """Return whether a folder's record says that its folder lists all; False for what is no record."""
    try:
        values = json.loads((folder / "record.json").read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(values, dict) and values.get("sealed") is True
