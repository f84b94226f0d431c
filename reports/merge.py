"""Bring records of several machines into one store: each checked, none replaced, and what disagrees named.

``python -m reports.merge RUNS_OF_A RUNS_OF_B --into results/runs``
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from reports.build import RUNS
from shell.folders import require_writable
from shell.main import main
from shell.options import Parser, named_folder


def parser() -> argparse.ArgumentParser:
    """Return the command's options."""
    options = Parser("reports.merge", __doc__)
    add = options.add_argument
    add(
        "folders",
        type=named_folder,
        nargs="+",
        metavar="RUNS",
        help="folders of run folders, as --out of sweeps left them",
    )
    add("--into", type=named_folder, default=RUNS[0], metavar="RUNS", help="the store (default results/runs)")
    add("--weights", action="store_true", help="copy checkpoints too (default: what records need)")
    add("--dry-run", action="store_true", help="say what would be done and write nothing")
    return options


def command(arguments: Sequence[str] | None = None) -> int:
    """Merge and say what became of each run; 1 where any is damaged or disagrees with another."""
    given = parser().parse_args(arguments)
    require_writable(given.into, "name another with --into")
    from results.merging import merge

    found = merge(given.folders, given.into, given.weights, given.dry_run)
    would = "would be " if given.dry_run else ""
    print(f"{len(found.added)} runs {would}added to {given.into}, {len(found.same)} were there with the same numbers")
    if found.failed:
        print(f"{len(found.failed)} failed runs are left where they are, for their cells are there")
    for path, why in found.damaged.items():
        print(f"left out: {path}: {why}", file=sys.stderr)
    for words in found.conflicts.values():
        print(f"conflict: {words}", file=sys.stderr)
    return 1 if found.damaged or found.conflicts else 0


if __name__ == "__main__":
    main("reports.merge", command)
