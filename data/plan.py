"""Decide how a folder of one's own is read, say it, and write it down: ``python -m data.plan FOLDER``.

The first run on a folder does the same by itself. What is written, the split among it, may be edited; every later run
reads it.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from shell.main import main
from shell.options import Parser, amount, one_of, whole

SHARE = amount("a share above 0 and below 1, such as 0.2", above=0, most=0.99)
AXES = {"slices": 0, "rows": 1, "columns": 2}


def parser() -> argparse.ArgumentParser:
    """Return the command's options."""
    options = Parser("data.plan", __doc__)
    add = options.add_argument
    add("folder", type=Path, help="of images and masks: as nnU-Net or the Decathlon have it, or images/ beside labels/")
    add("--name", help="what the data set is called (default: as dataset.json or the folder is)")
    add(
        "--patients",
        metavar="RULE",
        help="a regular expression with one group, or a CSV file of columns case and "
        "patient (default: by the names, as is said)",
    )
    add(
        "--slices",
        type=Path,
        metavar="FILE",
        help="a CSV file of columns case and slice: those that are labelled "
        "where a volume is in part (default: slices.csv in the folder, if there is one)",
    )
    intensities = (
        "mri, each volume by its own; ct, one window; plain, the type's range (default: by the names and files)"
    )
    add("--intensity", type=one_of("mri", "ct", "plain"), help=intensities)
    add(
        "--window",
        type=float,
        nargs=2,
        metavar=("LOW", "HIGH"),
        help="grey values that become 0 and 1 (default of ct: by the structures of a run's labelled patients)",
    )
    add(
        "--axis",
        type=one_of(*AXES),
        help="of the files, to cut across: slices, rows or columns (default: the coarsest)",
    )
    add(
        "--fit",
        default="pad",
        type=one_of("pad", "stretch"),
        help="slices that are not square: pad (default) or stretch",
    )
    add("--val", type=SHARE, default=0.1, help="share of the patients that validates (default 0.1)")
    add("--test", type=SHARE, default=0.2, help="share of the patients that is tested (default 0.2)")
    add(
        "--folds",
        type=whole(2),
        default=0,
        metavar="N",
        help="also cut into folds, --dataset NAME:fold1 to N (default: none)",
    )
    add("--seed", type=whole(0), default=0, metavar="N", help="draws the split (default 0)")
    add("--out", type=Path, metavar="FILE", help="where to write the plan (default data/plans/NAME.json)")
    add("--force", action="store_true", help="replace a plan that is there")
    return options


def command(arguments: Sequence[str] | None = None) -> int:
    """Write the plan and print what was decided."""
    options = parser()
    given = options.parse_args(arguments)
    from data.errors import DataUsageError
    from data.folders.found import plan_file
    from data.folders.plan import write_plan
    from data.folders.planning import Choices, planned
    from data.folders.source import Folder

    axis = None if given.axis is None else AXES[given.axis]
    window = None if given.window is None else (given.window[0], given.window[1])
    said = ("name", "patients", "slices", "intensity", "fit", "val", "test", "folds", "seed")
    choices = Choices(axis=axis, window=window, **{name: getattr(given, name) for name in said})
    listing, plan = planned(given.folder, choices)
    path = given.out or plan_file(plan.dataset)
    if path.exists() and not given.force:
        raise DataUsageError(f"{path} is there already; edit it, replace it with --force, or choose another --out")
    Folder(listing, plan, path)  # which checks it
    write_plan(plan, path)
    print("".join(f"{what:12} {words}\n" for what, words in plan.told.items()), end="")
    named = plan.dataset if given.out is None else path
    print(f"written to {path}; next: python -m benchmark.run --method mean_teacher --dataset {named}")
    return 0


if __name__ == "__main__":
    main("data.plan", command)
