"""Bring a data set's slices to the size that runs read them at, once, and keep them: ``python -m data.prepare lits``.

Runs at the same preset read them from there, without holding the set where it is large. What is broken is listed.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from shell.folders import require_writable
from shell.main import main
from shell.options import Parser, amount, one_of, whole

if TYPE_CHECKING:
    from data.preparing.subject import Stored

SHARE = amount("a number above 0 and up to 1, such as 0.05", above=0, most=1)
RESIZINGS = ("smooth", "nearest", "cubic")


def parser() -> argparse.ArgumentParser:
    """Return the command's options."""
    options = Parser("data.prepare", __doc__)
    add = options.add_argument
    add("dataset", help="acdc, lits, a folder, a plan for one or its name; such as liver:fold2 for a fold")
    options.add_data_root()
    schedules = "paper, short, medium, quick, demo or smoke; auto (default): paper on CUDA, quick on CPU"
    add("--preset", default="auto", help=f"whose slices: {schedules}")
    add("--size", type=_side, metavar="N", help="side of the square slices (default: the preset's)")
    add("--scaling", type=one_of("minmax", "percentile"), help="of grey values without a window (default: preset's)")
    add("--resizing", type=one_of(*RESIZINGS), help="of training slices (default: the preset's)")
    add("--test-resizing", type=one_of(*RESIZINGS), help="of validation slices (default: the preset's)")
    add("--fit", type=one_of("pad", "stretch"), help="slices that are not square (default: the data set's)")
    labeled = "patients, which the window of CT is taken from where none is stated"
    add("--ratio", type=SHARE, help=f"share of labelled {labeled} (default 0.05)")
    add("--labeled", type=whole(1), metavar="N", help="number of them (default: as --ratio says)")
    add("--label-draw", default="canonical", type=one_of("canonical", "random"), help="the first (default) or drawn")
    add("--label-seed", type=whole(0), default=0, metavar="N", help="draws them (default 0)")
    add("--jobs", type=whole(1, 256), metavar="N", help="processes at most (default: a core each, in 2 GB together)")
    where = "folder of prepared slices (default: $ACTION_BENCH_PREPARED, else data/prepared)"
    add("--out", type=Path, metavar="DIR", help=where)
    return options


def command(arguments: Sequence[str] | None = None) -> int:
    """Prepare what is not there yet, and print what became of each case."""
    given = parser().parse_args(arguments)
    from dataclasses import fields

    from data.preparing.place import VARIABLE, place_of
    from data.preparing.wanted import Wanted

    wanted = Wanted(**{field.name: getattr(given, field.name) for field in fields(Wanted)})
    wanted.slices()  # a slip in these words is said before data are looked for
    place = place_of() if given.out is None else given.out.expanduser().absolute()
    require_writable(place, f"name another with --out or {VARIABLE}")
    from data.preparing.jobs import Workshop
    from data.preparing.line import Line
    from data.preparing.preparation import digests_of
    from data.preparing.rounds import prepared, write_ledgers
    from data.preparing.subject import subject_of

    source = subject_of(given.dataset, given.data_root)
    print(f"data set: {source.dataset} ({source.origin})", flush=True)
    workshop = Workshop(digests_of(source), place, given.jobs or os.cpu_count() or 1)
    source, grids, ledger = prepared(source, wanted, workshop, Line().show)
    print("".join(f"{line}\n" for line in ledger.lines()), end="")
    _keep(source)
    print(
        "".join(f"prepared in {path.parent}; ledger: {path.name}\n" for path in write_ledgers(ledger, grids, place)),
        end="",
    )
    return int(bool(ledger.broken))


def _keep(source: Stored) -> None:
    """Let runs on a folder of one's own know which of its cases are left out."""
    from data.folders.source import Folder
    from data.preparing.subject import keep_broken

    if isinstance(source, Folder) and keep_broken(source):
        print(f"{source.root} says which cases are broken; runs leave them out, and say so")


def _side(text: str) -> int:
    """Return the side of slices, which networks halve five times."""
    side = whole(32, 8192)(text)
    if side % 32:
        raise argparse.ArgumentTypeError(f"{text}: expected a multiple of 32")
    return side


if __name__ == "__main__":
    main("data.prepare", command)
