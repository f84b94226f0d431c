"""Build one offline HTML page, with CSV, LaTeX and Markdown tables, from records.

``python -m reports.build [--protocol NAME]``
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from results.record import Listing
    from results.store import LoadedRecord

ROOT = Path(__file__).resolve().parent.parent
RUNS = (ROOT / "results" / "runs", ROOT / "results" / "kept")


def parser() -> argparse.ArgumentParser:
    """Return the command's options."""
    options = argparse.ArgumentParser(prog="python -m reports.build", description=__doc__)
    add = options.add_argument
    add("--protocol", help="only the cells of this protocol, as its sweep listed them (default: all records)")
    add("--runs", type=Path, action="append", help="folder of run folders (default results/runs and results/kept)")
    add("--out", type=Path, help="folder of the page (default reports/html/PROTOCOL)")
    add("--title", help="title of the page (default: the protocol's)")
    return options


def command(arguments: Sequence[str] | None = None) -> int:
    """Build the page and say where it is."""
    given = parser().parse_args(arguments)
    from results.errors import ResultError

    try:
        folders = given.runs or list(RUNS)
        listing = read_listing(given.protocol, folders)
        records = read_records(folders, listing)
        out = given.out or ROOT / "reports" / "html" / (given.protocol or "all")
        title = given.title or (listing.title if listing else "All records")
        page = _built(records, out, title, len(listing.cells) if listing else None)
    except ResultError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"page: {page}")
    return 0


def _built(records: Sequence[LoadedRecord], out: Path, title: str, planned: int | None) -> Path:
    """Return where the page was written; ResultError where it can't be."""
    from reports.page import build_page
    from results.errors import ResultError

    try:
        return build_page(records, out, title, planned=planned)
    except OSError as error:
        reason = error.strerror or error
        raise ResultError(f"the page can't be written to {out} ({reason}); choose another --out") from None


def read_listing(protocol: str | None, folders: Sequence[Path]) -> Listing | None:
    """Return what a sweep wrote of its protocol: title, cells and variants."""
    from results.errors import ResultError
    from results.record import read_listing as read

    if protocol is None:
        return None
    protocol = Path(protocol).name.removesuffix(".toml")  # a file is as good as its name
    for folder in folders:
        path = folder / "protocols" / f"{protocol}.json"
        if path.exists():
            return read(path)
    raise ResultError(f"no sweep of protocol {protocol!r} was started; run benchmark.sweep protocols/{protocol}.toml")


def read_records(folders: Sequence[Path], listing: Listing | None) -> list[LoadedRecord]:
    """Return the records of the folders, the first of equal cells, only listed cells if there is a list."""
    from results.errors import ResultError
    from results.store import Store

    found: dict[str, LoadedRecord] = {}
    for folder in folders:
        for loaded in Store(folder).records():
            found.setdefault(loaded.record.cell.id, loaded)
    if listing is not None:
        names = listing.variants
        found = {cell: found[cell].named(names.get(cell, "")) for cell in listing.cells if cell in found}
    if not found:
        raise ResultError(f"there is no record in {', '.join(str(folder) for folder in folders)}; run something first")
    return list(found.values())


if __name__ == "__main__":
    sys.exit(command())
