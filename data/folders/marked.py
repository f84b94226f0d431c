"""Which slices of a volume are labelled, where not all are: ``slices.csv``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from data.digits import whole_number
from data.errors import DataError
from data.files import listed
from data.folders.axes import Cut
from data.folders.images import place_of
from data.folders.listed import ListedCase, Listing
from data.folders.table import rows_of
from data.orientation import PLAIN, Place, turn_onto
from data.task import IGNORED

FILE = "slices.csv"
Labels = npt.NDArray[np.uint8]


def marked_slices(folder: Path, listing: Listing, table: Path | None = None) -> dict[str, tuple[int, ...]]:
    """Return the labelled slices of cases that are labelled in part, numbered from 0 as the mask's file has them.

    table: a file of columns case and slice; without it ``slices.csv`` of the folder, and none where that isn't there.
    DataError for a case that isn't in the folder or has no mask, and for what is no number of a slice.
    """
    path = folder / FILE if table is None else table
    if table is None and not path.exists() and not path.is_symlink():
        return {}
    masked = {case.name for case in listing.cases if case.mask is not None}
    found = dict[str, set[int]]()
    for line, (case, stated) in rows_of(path, ("case", "slice")):
        if case not in masked:
            known = any(case == one.name for one in listing.cases)
            why = "has no mask" if known else "the folder does not hold"
            raise DataError(f"{path}, line {line}: case {case}, which {why}; with masks are {listed(sorted(masked))}")
        number = whole_number(stated)
        if number is None:
            raise DataError(f"{path}, line {line}: slice {stated!r} of case {case}; expected a whole number from 0")
        found.setdefault(case, set()).add(number)
    return {case: tuple(sorted(numbers)) for case, numbers in sorted(found.items())}


def only_marked(mask: Labels, case: ListedCase, partly: Mapping[str, Sequence[int]], image: Place, cut: Cut) -> Labels:
    """Return a mask (slices, H, W) of training with IGNORED in all but a case's labelled slices, where some are marked.

    partly: the labelled slices as the mask's file has them along the axis that is cut across, by case. image: the place
    of the image, to whose grid the mask was brought. cut: brought that into the order of training. DataError for a
    slice that the mask does not have.
    """
    if case.name not in partly or case.mask is None:
        return mask
    check_marked(case.name, partly[case.name], len(mask))
    unknown = np.ones(len(mask), bool)
    unknown[list(partly[case.name])] = False
    order, turned = turn_onto(place_of(case.mask), image) or PLAIN
    if (order[cut.axis] in turned) != (cut.axis in cut.turned):
        unknown = unknown[::-1]
    return np.where(unknown[:, None, None], np.uint8(IGNORED), mask)


def check_marked(case: str, slices: Sequence[int], count: int) -> None:
    """Raise DataError for a slice that a mask of ``count`` slices, along the axis that is cut across, does not have."""
    beyond = [number for number in slices if not 0 <= number < count]
    if beyond:
        raise DataError(f"case {case}: slice {beyond[0]} is marked as labelled; it has slices 0 to {count - 1}")
