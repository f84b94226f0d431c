"""Bring a data set's slices to the size that runs read them at, once, and keep them: ``python -m data.prepare lits``.

Runs at the same preset read them from there, without holding the set where it is large. What is broken is listed.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from data.errors import DataError
from shell.folders import require_writable
from shell.main import main
from shell.options import Parser, amount, one_of, whole

if TYPE_CHECKING:
    from data.preparing.findings import Findings
    from data.preparing.wanted import Wanted

SHARE = amount("a number above 0 and up to 1, such as 0.05", above=0, most=1)
GIGABYTES = amount("a number of gigabytes from 1 on, such as 32", least=1, most=100_000)
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
    add(
        "--jobs", type=whole(1, 256), metavar="N", help="processes at most (default: a core each, as memory holds them)"
    )
    add(
        "--memory",
        type=GIGABYTES,
        metavar="GB",
        help="of all processes together; a large case may take more (default 2)",
    )
    where = "folder of prepared slices (default: $ACTION_BENCH_PREPARED, else data/prepared)"
    add("--out", type=Path, metavar="DIR", help=where)
    return options


def command(arguments: Sequence[str] | None = None) -> int:
    """Prepare what is not there yet, and print what became of each case."""
    given = parser().parse_args(arguments)
    from dataclasses import fields

    from data.files import whole_path
    from data.preparing.place import VARIABLE, place_to_fill
    from data.preparing.wanted import Wanted

    wanted = Wanted(**{field.name: getattr(given, field.name) for field in fields(Wanted)})
    wanted.slices()  # a slip in these words is said before data are looked for
    place = place_to_fill() if given.out is None else whole_path(given.out).absolute()
    require_writable(place, f"name another with --out or {VARIABLE}")
    from data.preparing.findings import Findings

    findings = Findings(place)
    try:
        _prepare(given, wanted, findings)
    except BaseException:
        with suppress(DataError, OSError, UnicodeError):  # what ended it is said, and nothing instead
            _tell(findings)
        raise
    _tell(findings)
    return int(bool(findings.ledger.broken))


def _prepare(given: argparse.Namespace, wanted: Wanted, findings: Findings) -> None:
    from functools import partial

    from data.preparing.jobs import MEMORY, Workshop
    from data.preparing.line import Line
    from data.preparing.rounds import prepared
    from data.preparing.subject import subject_of

    source = subject_of(given.dataset, given.data_root, findings)
    print(f"data set: {source.dataset} ({source.origin})", flush=True)
    memory = MEMORY if given.memory is None else round(given.memory * 1e9)
    workshop = partial(Workshop, place=findings.place, jobs=given.jobs or os.cpu_count() or 1, memory=memory)
    prepared(source, wanted, workshop, Line().show, findings)


def _tell(findings: Findings) -> None:
    """Print what became of the cases, and keep it: in the ledger, and for runs on a folder of one's own in its plan."""
    for lines in (findings.told(), findings.keep()):
        print("".join(f"{line}\n" for line in lines), end="", flush=True)


def _side(text: str) -> int:
    """Return the side of slices, which networks halve five times."""
    side = whole(32, 8192)(text)
    if side % 32:
        raise argparse.ArgumentTypeError(f"{text}: expected a multiple of 32")
    return side


if __name__ == "__main__":
    main("data.prepare", command)
