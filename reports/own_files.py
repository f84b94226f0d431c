"""What pages wrote into a folder, listed there, so that the next page replaces and removes these files and no others.

Versions before the list left none: their files are known by how they begin, beside an index.html that is a page's.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from pathlib import Path, PurePosixPath

from results.checksums import SUMS
from results.errors import ResultUsageError
from results.writing import write_text

LISTING = "page-files.txt"
HEAD = "# What action-bench wrote into this folder: the next page replaces or removes these files, and no others."
OF_RUNS = ("record.json", "cell.json", SUMS)
BEGINNINGS = {
    "index.html": b'<!doctype html>\n<html lang="en">',
    "tables.csv": b"dataset,",
    "tables.parquet": b"PAR1",
    "tables.md": b"**",
    "tables.tex": rb"% \usepackage{booktabs,siunitx}",
    "cases.csv": b'"cell",',
    "cases.parquet": b"PAR1",
    "references.bib": b"% What was run on this page,",
    "methods.md": b"## ",
    "advice.json": b'{\n "chosen": ',
}
"""How the files begin that every version of a page had."""
PLOT = b'<svg xmlns="http://www.w3.org/2000/svg" role="img" '
STYLE = b"--markbg: "
"""Of the style that each page of ours has in its head, and hardly another one."""
COPIES = "runs/"
SITE = b"A page a protocol, made from its records alone"
"""Where a site has its copies of runs, and what its index says."""


def require_own(folder: Path, names: Iterable[str] = BEGINNINGS) -> None:
    """Raise ResultUsageError where a page of these files would replace one that no page wrote, or a run's."""
    for name in OF_RUNS:
        if (folder / name).exists():
            raise ResultUsageError(f"{folder} is the folder of a run (it holds {name}); name another for the page")
    wanted = sorted(names)
    own = _own(folder, wanted) | ({LISTING} if _has_list(folder) else set())
    for name in (LISTING, *wanted):
        if name not in own and os.path.lexists(folder / name):
            path = folder / name
            raise ResultUsageError(f"{path} is there, and no page wrote it; move it, or name another folder")


def claim(folder: Path, names: Collection[str]) -> None:
    """List what is about to be written beside what is listed; as ``require_own``, and then nothing is written."""
    require_own(folder, names)
    _list(folder, _own(folder, names) | {*names})


def settle(folder: Path, names: Collection[str]) -> None:
    """Remove what earlier pages wrote and this one, of these names, did not; a site's copies of runs stay."""
    copies = {name for name in listed(folder) if name.startswith(COPIES)}
    for name in listed(folder) - copies - {*names}:
        (folder / name).unlink(missing_ok=True)
    _list(folder, copies | {*names})


def listed(folder: Path) -> set[str]:
    """Return what a folder lists as written by pages; nothing outside of the folder is."""
    if not _has_list(folder):
        return set()
    lines = (folder / LISTING).read_text(encoding="utf-8", errors="replace").splitlines()
    return set(filter(_stays_inside, lines[1:]))


def _has_list(folder: Path) -> bool:
    return _begins(folder / LISTING, f"{HEAD}\n".encode())


def _list(folder: Path, names: Collection[str]) -> None:
    write_text(folder / LISTING, "".join(f"{line}\n" for line in (HEAD, *sorted(names))))


def _stays_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts


def _own(folder: Path, names: Collection[str]) -> set[str]:
    """Return which files there are pages': as listed, else of these names and their PDFs as earlier versions did."""
    if _has_list(folder):
        return listed(folder)
    if not (_begins(folder / "index.html", BEGINNINGS["index.html"]) and STYLE in _head(folder / "index.html")):
        return set()
    site = SITE in (folder / "index.html").read_bytes()
    plots = {name for name in names if name.endswith(".svg") and _begins(folder / name, PLOT)}
    printed = {str(PurePosixPath(name).with_suffix(".pdf")) for name in plots}
    return {
        *(name for name in names if name in BEGINNINGS and _begins(folder / name, BEGINNINGS[name])),
        *(name for name in names if site and name.startswith(COPIES)),
        *plots,
        *(name for name in printed if b"ReportLab" in _head(folder / name)),
    }


def _begins(path: Path, beginning: bytes) -> bool:
    return _head(path).startswith(beginning)


def _head(path: Path) -> bytes:
    """Return how a file begins; nothing of what is no file."""
    if not path.is_file():
        return b""
    with path.open("rb") as file:
        return file.read(4096)
