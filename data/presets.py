"""What of each preset says how slices are made: the one place, for runs and for those who prepare slices for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from data.grid import Fit, Grid, Resizing, Scaling


@dataclass(frozen=True)
class Slices:
    """How slices are made: size, scaling, and the resizing of training slices and of validation and test slices."""

    size: int
    scaling: Scaling = "percentile"
    resizing: Resizing = "smooth"
    test_resizing: Resizing = "smooth"


PRESETS: Mapping[str, Slices] = {
    # SSL4MIS train_*_2D.py @06df604: 256 x 256, min-max scaling, resizing of order 0 in training and at test.
    "paper": Slices(256, scaling="minmax", resizing="nearest", test_resizing="nearest"),
    "short": Slices(256),
    "quick": Slices(128),
    "demo": Slices(64),
    "smoke": Slices(64),
    "canary": Slices(32),
}
"""By the presets' names; benchmark/cells/preset.py has the rest of each."""


def grid_of(size: int, scaling: Scaling, resizing: Resizing, fit: Fit, reading: Mapping[str, Any] | None) -> Grid:
    """Return the grid of slices made so, of a data set that is read so (``Source.reading``)."""
    windows = () if reading is None else reading["windows"]
    pairs = (None if window is None else (float(window[0]), float(window[1])) for window in windows)
    return Grid(size, scaling, resizing, tuple(pairs), fit)
