"""Build the pages of all kept protocols, with an index: a static site, ready for any web host.

``python -m reports.site``

The records that the pages lead to lie in it too, without masks and pictures of patients, which may not be passed on.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from reports.build import ROOT, RUNS, gathered, read_listing, run_folders
from shell.errors import UsageError
from shell.folders import require_writable
from shell.main import main
from shell.options import Parser, named_folder

if TYPE_CHECKING:
    from results.record import Listing
    from results.store import LoadedRecord

KEPT = RUNS[-1]
TITLE = "Records of semi-supervised segmentation"


def parser() -> argparse.ArgumentParser:
    """Return the command's options."""
    options = Parser("reports.site", __doc__)
    add = options.add_argument
    add("--runs", type=run_folders, action="append", help="folder of run folders (default results/kept)")
    add(
        "--out",
        type=named_folder,
        default=ROOT / "reports/html/site",
        help="folder of the site (default reports/html/site)",
    )
    add("--title", default=TITLE, help=f"title of the index (default: {TITLE})")
    return options


def command(arguments: Sequence[str] | None = None) -> int:
    """Build a page a protocol and the index, and say where it is."""
    given = parser().parse_args(arguments)
    require_writable(given.out, "name another with --out")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as of reports.build
    folders = given.runs or [KEPT]
    listings = {name: listing for name in _protocols(folders) if (listing := read_listing(name, folders)) is not None}
    _claim(given.out, listings, folders)
    pages = [page for name in listings if (page := _built(name, listings[name], folders, given.out)) is not None]
    if not pages:
        from results.errors import ResultError

        raise ResultError(f"no protocol in {', '.join(map(str, folders))} has a record; run benchmark.sweep first")
    from reports.page import write_index

    print(f"site: {write_index(pages, given.out, given.title)}")
    return 0


def _protocols(folders: Sequence[Path]) -> list[str]:
    """Return the names of the protocols that sweeps were started of."""
    return sorted({path.stem for folder in folders for path in (folder / "protocols").glob("*.json")})


def _claim(out: Path, listings: Mapping[str, Listing], folders: Sequence[Path]) -> None:
    """List the site's copies as its own; an error of usage where it would replace what no site wrote."""
    from reports.own_files import COPIES, claim, require_own
    from results.checksums import PREDICTIONS

    copies = out / COPIES
    if copies.resolve() in [folder.resolve() for folder in folders]:
        raise UsageError(f"--out {out}: a site puts its copies into {copies}, which --runs reads; name another folder")
    cells = sorted({cell for listing in listings.values() for cell in listing.cells})
    there = [cell for cell in cells if any((folder / cell / "record.json").exists() for folder in folders)]
    for run in (copies / cell for cell in there):
        if run.is_symlink() or (run / PREDICTIONS).exists():
            raise UsageError(f"--out {out}: {run} is no copy that a site made; move it, or name another folder")
    for name in listings:
        require_own(out / name)
    if there:
        claim(out, ["index.html", *(f"{COPIES}{cell}" for cell in there)])


def _built(name: str, listing: Listing, folders: Sequence[Path], out: Path) -> Mapping[str, Any] | None:
    """Build a protocol's page and return what the index tells of it; None, and it is said, where nothing was run."""
    from reports.own_files import COPIES
    from reports.page import build_page
    from results.errors import ResultError

    try:
        found = gathered(folders, listing)
    except ResultError as error:
        print(f"{name}: left out: {error}", file=sys.stderr)
        return None
    records = [published(one, out / COPIES) for one in found.records]
    done = sum(one.record.status == "done" for one in records)
    title = listing.heading(done)
    build_page(records, out / name, title, len(listing.cells), aside=found.aside)
    return {
        "title": title,
        "link": quote(f"{name}/index.html"),
        "done": done,
        "planned": len(listing.cells),
        "datasets": sorted({one.record.cell.dataset for one in records}),
        "presets": sorted({one.record.cell.preset for one in records}),
    }


def published(loaded: LoadedRecord, into: Path) -> LoadedRecord:
    """Return a record as it lies in a site: with all its files but predictions, which are left out as a whole."""
    from reports.reading import ReadOnce
    from results.store import Store

    return ReadOnce.of(loaded).moved(Store(into).adopt(loaded.folder, predictions=False))


if __name__ == "__main__":
    main("reports.site", command)
