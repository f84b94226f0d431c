"""Build one offline HTML page from records, with tables, plots, what to cite and a methods paragraph as files.

``python -m reports.build [--protocol NAME]``
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from shell.errors import UsageError
from shell.folders import require_writable
from shell.main import main
from shell.options import Parser, named_folder

if TYPE_CHECKING:
    from reports.gathering import Gathered
    from results.record import Listing
    from results.store import LoadedRecord

ROOT = Path(__file__).resolve().parent.parent
RUNS = (ROOT / "results" / "runs", ROOT / "results" / "kept")


def parser() -> argparse.ArgumentParser:
    """Return the command's options."""
    options = Parser("reports.build", __doc__)
    add = options.add_argument
    add("--protocol", help="only the cells of this protocol, as its sweep listed them (default: all records)")
    add(
        "--runs",
        type=run_folders,
        action="append",
        help="folder of run folders (default results/runs and results/kept)",
    )
    add("--out", type=named_folder, help="folder of the page (default reports/html/PROTOCOL)")
    add("--title", help="title of the page (default: the protocol's)")
    add("--no-pictures", action="store_true", help="leave pictures and masks of patients out, for a page to pass on")
    add("--pdf", action="store_true", help="leave each plot as PDF too, for a tenth of a second each")
    return options


def run_folders(text: str) -> Path:
    """Return a folder of run folders that an option names, which is there and is no run's own."""
    path = named_folder(text)
    if not path.is_dir():
        there = "and this is no folder" if path.exists() else "and there is none of this name"
        raise argparse.ArgumentTypeError(f"{text}: expected a folder of run folders, {there}")
    if (path / "record.json").exists():
        raise argparse.ArgumentTypeError(
            f"{text}: expected a folder of run folders, and this is a run's; name {path.absolute().parent}"
        )
    return path


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
    from reports.reading import ReadOnce

    listing = read_listing(given.protocol, folders)
    found = gathered(folders, listing)
    done = sum(loaded.record.status == "done" for loaded in found.records)
    title = listing.heading(done, given.title) if listing else given.title or "All records"
    planned = len(listing.cells) if listing else None
    records = [replace(ReadOnce.of(one), pictures=not given.no_pictures) for one in found.records]
    print(f"page: {build_page(records, out, title, planned, aside=found.aside, pdf=given.pdf)}")
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


def gathered(folders: Sequence[Path], listing: Listing | None) -> Gathered:
    """Return the records of the folders, the first of equal cells, only listed cells if there is a list.

    Which cells have two records is said on stderr, by name where these differ, and what is damaged or foreign.
    """
    from reports.gathering import gather
    from results.errors import ResultError

    found = gather(folders, listing)
    _say_twice(found.twice)
    unread = [one for one in found.aside if one.kind in ("damaged", "foreign")]
    for one in unread:
        print(f"left out: {one.kind}: {one.why}", file=sys.stderr)
    if not found.records:
        there = "whole record" if unread else "record"
        places = ", ".join(str(folder) for folder in folders)
        raise ResultError(f"there is no {there} in {places}; run something first")
    return found


def read_records(folders: Sequence[Path], listing: Listing | None) -> list[LoadedRecord]:
    """Return the same records; ResultError names the first that is damaged, so that no verdict passes it over."""
    from results.errors import ResultError

    found = gathered(folders, listing)
    for one in found.aside:
        if one.kind in ("damaged", "foreign"):
            raise ResultError(one.why)
    return list(found.records)


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
