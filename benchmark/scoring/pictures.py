"""Slices of a test case as small pictures, for whoever looks at a run."""

from __future__ import annotations

import numpy as np

from data.case import Case
from data.grid import Grid, scaled
from results.images import Pictured, chosen


def pictured(case: Case, grid: Grid) -> Pictured:
    """Return some slices of a case.

    Grey values are of the first channel, by its window where one is stated, else by the extremes of these slices.
    """
    assert case.mask is not None
    slices = chosen(case.mask)
    unit = scaled(case.image[slices], "percentile", grid.windows[0] if grid.windows else None)
    return Pictured.of(case.name, slices, np.rint(255 * unit).astype(np.uint8), case.mask, case.spacing)
