"""What every data file must be before it is decoded: there, not empty, and no larger inside than it can be."""

from __future__ import annotations

from pathlib import Path

from data.errors import DataError, DataUsageError

DEFLATE = 1032  # what deflate makes of one byte at most
LARGEST = 2**30  # voxels: 1,024 slices of 1,024 x 1,024; the largest CT volumes of this field hold a quarter of it
SLACK = 2**20  # bytes that may stand before or after the voxels: header extensions, padding
AGAIN = "copy it again from its source"
NAMED = 3  # as many names as a sentence gives of many


def check_file(path: Path) -> None:
    """Raise DataError where a path is no file that holds anything: missing, a link that leads nowhere, of size zero."""
    try:
        size = path.stat().st_size
    except OSError as error:
        seen = _no_entry(path) or f"cannot be read ({error.strerror})"
        raise DataError(f"{path} {seen}; put the file there") from None
    if not path.is_file():
        raise DataError(f"{path} is a folder, which {seen_in(path)}; put the file itself there")
    if not size:
        raise DataError(f"{path} is empty, of 0 bytes; {AGAIN}")


def whole_path(named: str | Path) -> Path:
    """Return a path with the home folder that it may begin with; DataUsageError where nobody has it."""
    try:
        return Path(named).expanduser()
    except RuntimeError:
        raise DataUsageError(f"{named}: the home folder that it begins with is not known here; write it out") from None


def first_line(error: Exception) -> str:
    """Return the first line of what a library says, as much as a sentence takes of it; "" where it says none."""
    return (str(error).splitlines() or [""])[0][:120]


def stamp(path: Path) -> tuple[int, ...]:
    """Return what changes when a file does, or one takes its place."""
    status = path.stat()
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def wrong_claim(shape: tuple[int, ...], itemsize: int, stored: int, packed: bool) -> str | None:
    """Return in a clause why an array can't be in a file, before room is made for it: no voxels, too many, no bytes.

    stored: the bytes that there are for it, at most. packed: whether these are compressed.
    """
    sides, voxels = [int(side) for side in shape], 1
    for side in sides:
        voxels *= side
    listed = " x ".join(str(side) for side in sides) or "no"
    if not sides or min(sides) < 1:
        return f"its array of {listed} voxels holds no voxel"
    if voxels > LARGEST:
        return f"its header claims {listed} voxels, more than any volume has"
    if voxels * itemsize > (stored * DEFLATE + SLACK if packed else stored):
        return f"its header claims {listed} voxels, more than its {stored:,} bytes can hold"
    return None


def seen_in(folder: Path) -> str:
    """Return in a few words what lies at a path where a folder of data was expected."""
    absent = _no_entry(folder)
    if absent or not folder.is_dir():
        return absent or "is no folder"
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    if not entries:
        return "is empty"
    folders = [entry for entry in entries if entry.is_dir()]
    files = [entry for entry in entries if not entry.is_dir()]
    return "holds " + " and ".join(_counted(*kind) for kind in ((folders, "folder"), (files, "file")) if kind[0])


def misnamed(path: Path) -> str:
    """Return what lies beside a missing file under its name in other letters, as words to add; empty for nothing."""
    folder = path.parent
    near = (
        sorted(one.name for one in folder.iterdir() if one.name.lower() == path.name.lower()) if folder.is_dir() else []
    )
    return f" (there is {listed(near)}; names are in small letters)" if near else ""


def listed(names: list[str]) -> str:
    """Return the first few of some names, and how many there are where that is more."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _no_entry(path: Path) -> str | None:
    if path.exists():
        return None
    if path.is_symlink():
        return f"is a link that leads nowhere, to {path.readlink()}"
    return "does not exist"


def _counted(entries: list[Path], kind: str) -> str:
    name = entries[0].name
    broken = "" if entries[0].exists() else ", a link that leads nowhere"
    if len(entries) == 1:
        return f"1 {kind}, {name}{broken}"
    return f"{len(entries)} {kind}s, among them {name}{broken}"
