"""What of each preset says how slices are made: the one place, for runs and for those who prepare slices for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from data.grid import Fit, Grid, Resizing, Scaling

STEP = 32  # of sides, which the networks halve five times


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
    "medium": Slices(128, scaling="minmax"),
    "quick": Slices(128),
    "demo": Slices(64),
    "smoke": Slices(64),
    "canary": Slices(32),
}
"""By the presets' names; benchmark/cells/preset.py has the rest of each."""


def size_for(size: int, reading: Mapping[str, Any] | None) -> int:
    """Return the side of a preset's squares for data read so: no larger than slices need, in steps of 32.

    Enlarged slices hold no more, and a network must look further to see as much: docs/decisions/090.
    """
    longest = None if reading is None else reading.get("longest")
    return size if longest is None else min(size, STEP * max(1, -(-int(longest) // STEP)))


def grid_of(size: int, scaling: Scaling, resizing: Resizing, fit: Fit, reading: Mapping[str, Any] | None) -> Grid:
    """Return the grid of slices made so, of a data set that is read so (``Source.reading``)."""
    windows = () if reading is None else reading["windows"]
    pairs = (None if window is None else (float(window[0]), float(window[1])) for window in windows)
    return Grid(size, scaling, resizing, tuple(pairs), fit)
