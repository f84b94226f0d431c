"""Build one offline HTML page from records, with tables, plots, what to cite and a methods paragraph as files.

``python -m reports.build [--protocol NAME]``
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from shell.errors import UsageError
from shell.folders import require_writable
from shell.main import main
from shell.options import Parser

if TYPE_CHECKING:
    from results.record import Listing
    from results.store import LoadedRecord

ROOT = Path(__file__).resolve().parent.parent
RUNS = (ROOT / "results" / "runs", ROOT / "results" / "kept")


def parser() -> argparse.ArgumentParser:
    """Return the command's options."""
    options = Parser("reports.build", __doc__)
    add = options.add_argument
    add("--protocol", help="only the cells of this protocol, as its sweep listed them (default: all records)")
    add("--runs", type=Path, action="append", help="folder of run folders (default results/runs and results/kept)")
    add("--out", type=Path, help="folder of the page (default reports/html/PROTOCOL)")
    add("--title", help="title of the page (default: the protocol's)")
    add("--pdf", action="store_true", help="leave each plot as PDF too, for a tenth of a second each")
    return options


def command(arguments: Sequence[str] | None = None) -> int:
    """Build the page and say where it is."""
    given = parser().parse_args(arguments)
    folders = given.runs or list(RUNS)
    out = given.out or ROOT / "reports" / "html" / (_name_of(given.protocol) or "all")
    require_writable(out, "name another with --out")
    if given.pdf and importlib.util.find_spec("svglib") is None:
        raise UsageError("--pdf: the library svglib is not installed; make setup brings it")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # its arrays are so small that threads cost more than they save
    from reports.page import build_page

    listing = read_listing(given.protocol, folders)
    records = read_records(folders, listing)
    title = given.title or (listing.title if listing else "All records")
    planned = len(listing.cells) if listing else None
    print(f"page: {build_page(records, out, title, planned, pdf=given.pdf)}")
    return 0


def _name_of(protocol: str | None) -> str | None:
    """Return a protocol's name; a file is as good as that."""
    return None if protocol is None else Path(protocol).name.removesuffix(".toml")


def read_listing(protocol: str | None, folders: Sequence[Path]) -> Listing | None:
    """Return what a sweep wrote of its protocol: title, cells and variants; UsageError where none was started."""
    from results.record import read_listing as read

    name = _name_of(protocol)
    if name is None:
        return None
    for folder in folders:
        path = folder / "protocols" / f"{name}.json"
        if path.exists():
            return read(path)
    raise UsageError(f"--protocol {name}: no sweep of it was started; run benchmark.sweep protocols/{name}.toml")


def read_records(folders: Sequence[Path], listing: Listing | None) -> list[LoadedRecord]:
    """Return the records of the folders, the first of equal cells, only listed cells if there is a list.

    Which cells have two records is said on stderr, by name where these differ.
    """
    from results.errors import ResultError
    from results.store import Store

    found: dict[str, LoadedRecord] = {}
    twice: list[tuple[LoadedRecord, LoadedRecord]] = []
    for loaded in (loaded for folder in folders for loaded in Store(folder).records()):
        first = found.setdefault(loaded.record.cell.id, loaded)
        if first.folder.resolve() != loaded.folder.resolve():
            twice.append((first, loaded))
    _say_twice([pair for pair in twice if listing is None or pair[0].record.cell.id in listing.cells])
    if listing is not None:
        names = listing.variants
        found = {cell: found[cell].named(names.get(cell, "")) for cell in listing.cells if cell in found}
    if not found:
        raise ResultError(f"there is no record in {', '.join(str(folder) for folder in folders)}; run something first")
    return list(found.values())


def _say_twice(twice: Sequence[tuple[LoadedRecord, LoadedRecord]]) -> None:
    """Say which records are left out for one of the same cell in an earlier folder."""
    alike = [one for one, other in twice if one.record == other.record]
    if alike:
        more = f" and {len(alike) - 1} more" if len(alike) > 1 else ""
        print(f"{alike[0].record.cell.id}{more}: the same record lies in two folders; it counts once", file=sys.stderr)
    for one, other in twice:
        if one.record != other.record:
            first, second = one.folder.parent, other.folder.parent
            words = f"{first} and {second} hold different runs of it; the one in {first} counts, which is read first"
            print(f"{one.record.cell.id}: {words}", file=sys.stderr)


if __name__ == "__main__":
    main("reports.build", command)
