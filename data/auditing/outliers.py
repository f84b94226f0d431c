"""Numbers that lie far from the others of their set, by median and MAD."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
FEWEST = 5
"""Cases below which nothing is called an outlier."""


@dataclass(frozen=True)
class Middle:
    """Median and the standard deviation that the MAD means; NaN are left out."""

    median: float
    scale: float


def middle_of(values: Numbers) -> Middle:
    """Return the middle of some numbers, of which at least one is finite."""
    known = values[np.isfinite(values)]
    median = float(np.median(known))
    return Middle(median, 1.4826 * float(np.median(np.abs(known - median))))


def far(values: Numbers, deviations: float, least: float) -> npt.NDArray[np.bool_]:
    """Return which numbers are off the median by as many robust deviations, each at least ``least``."""
    if np.isfinite(values).sum() < FEWEST:
        return np.zeros(values.shape, bool)
    middle = middle_of(values)
    with np.errstate(invalid="ignore"):
        found: npt.NDArray[np.bool_] = np.abs(values - middle.median) > deviations * max(middle.scale, least)
    return found
