"""Print for each published Dice whether it holds here: reproduced, differs, inconclusive, or of
another schedule or network.

``python -m reports.verdict --protocol acdc``
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from reports.build import RUNS, read_listing, read_records, run_folders
from shell.main import main
from shell.options import Parser, amount

if TYPE_CHECKING:
    from reports.replication import Verdict
    from reports.summary import Group
    from results.record import Listing
    from results.store import LoadedRecord

COLUMNS = ("published", "here", "structure", "printed", "mean", "seeds", "difference", "90 % interval", "verdict")
POINTS = amount("Dice points above 0 and up to 100", above=0, most=100)


def parser() -> argparse.ArgumentParser:
    """Return the command's options."""
    options = Parser("reports.verdict", __doc__)
    add = options.add_argument
    add("--protocol", help="only the cells of this protocol, as its sweep listed them (default: all records)")
    add(
        "--runs",
        type=run_folders,
        action="append",
        help="folder of run folders (default results/runs and results/kept)",
    )
    add(
        "--margin",
        type=POINTS,
        metavar="POINTS",
        help="Dice points within which a mean counts as the printed one (default 2)",
    )
    add(
        "--strict", action="store_true", help="exit with 1 unless every published number of a method here is reproduced"
    )
    return options


def command(arguments: Sequence[str] | None = None) -> int:
    """Print the verdicts; 1 where they are to be obeyed and any is not *reproduced*."""
    given = parser().parse_args(arguments)
    from reports.replication import MARGIN, holds, not_run, verdicts
    from reports.summary import group
    from results.published import OURS

    within, folders = given.margin or MARGIN, given.runs or list(RUNS)
    listing = read_listing(given.protocol, folders)
    records = read_records(folders, listing)
    found, lacking = [], _unfinished(listing, records)
    for one in group(records):
        mine, missing = verdicts(one, "last", within), not_run(one)
        found += mine
        lacking += [f"{one.title}, {one.labeled} labelled: {name} was not run" for name in missing if name in OURS]
        _print_group(one, mine, missing, within)
    if not found:
        print("no published number has the data, labels and structures of these records")
    else:
        print(
            f"Margin {within:g} Dice points; two one-sided tests at 5 % over seeds, weights `last`, the printed number "
            "taken as exact. Inside: reproduced; all of the interval beyond: differs."
        )
    if not given.strict:
        return 0
    for words in lacking:
        print(f"strict: {words}")
    return 0 if holds(found) and not lacking else 1


def _unfinished(listing: Listing | None, records: Sequence[LoadedRecord]) -> list[str]:
    """Return what a protocol has no record of, as a sentence, or nothing."""
    done = {loaded.record.cell.id for loaded in records if loaded.record.status == "done"}
    left = [cell for cell in listing.cells if cell not in done] if listing else []
    return [f"{len(left)} of {len(listing.cells)} cells have no record, {left[0]} first"] if listing and left else []


def _print_group(group: Group, found: Sequence[Verdict], missing: Sequence[str], margin: float) -> None:
    from reports.replication import comparisons

    if not found:
        return
    print(f"{group.title}, {group.labeled} labelled, preset {group.preset}\n")
    rows = [COLUMNS, *(_row(one, margin) for one in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    print("\nwhat differs in protocol:")
    for one, *_ in comparisons(found):
        differs = "; ".join(one.differs) or "nothing that is known"
        print(f"  {one.method} and {one.line.label}; {one.source} ({one.evidence}): {differs}")
    print(f"not run here: {', '.join(missing)}\n" if missing else "")


def _row(one: Verdict, margin: float) -> tuple[str, ...]:
    from reports.formatting import ends, signed

    test = one.found
    inside = "one seed: none" if test.low is None or test.high is None else ends(test.low, test.high, margin)
    words = f"{one.outcome}: {one.remedy}" if one.remedy else one.outcome
    numbers = (f"{one.printed:.1f}", f"{one.here:.1f}", one.runs, signed(test.difference), inside)
    return (one.method, one.line.label, one.structure, *numbers, words)


if __name__ == "__main__":
    main("reports.verdict", command)
