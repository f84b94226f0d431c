"""How slices become square pictures of one size: scaling, resizing and fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from scipy import ndimage
from torch import Tensor
from torch.nn import functional

from data.case import Case
from data.task import IGNORED

Scaling = Literal["minmax", "percentile"]
Resizing = Literal["smooth", "nearest", "cubic"]
Fit = Literal["stretch", "pad"]
Window = tuple[float, float]
Sides = tuple[int, int]
Grey = npt.NDArray[np.float32]
Labels = npt.NDArray[np.uint8]
Resized = tuple[Tensor, Tensor | None]
PERCENTILES = (1.0, 99.0)


@dataclass(frozen=True)
class Grid:
    """How slices become square: their side, the scale of their grey values, a way of RESIZED, and a fit.

    windows: of each channel, the grey values that become 0 and 1 in all volumes; None where each volume is scaled by
    its own. fit: ``stretch`` brings both sides to the square's, ``pad`` the longer one, with black on both sides of
    the other.
    """

    size: int
    scaling: Scaling
    resizing: Resizing = "smooth"
    windows: tuple[Window | None, ...] = ()
    fit: Fit = "stretch"

    @property
    def is_stated(self) -> bool:
        """Whether a slice's grey values depend on that slice alone, and not on its volume's."""
        return bool(self.windows) and None not in self.windows

    def inner(self, stored: Sides) -> Sides:
        """Return the sides that a slice of stored height and width takes in the square."""
        if self.fit == "stretch":
            return self.size, self.size
        height, width = (max(1, round(self.size * side / max(stored))) for side in stored)
        return height, width

    def square(self, layers: Tensor) -> Tensor:
        """Return layers (..., h, w) in the middle of black squares (..., S, S)."""
        above, left = (self.size - side for side in layers.shape[-2:])
        if not above and not left:
            return layers
        return functional.pad(layers, [left // 2, left - left // 2, above // 2, above - above // 2])

    def cut(self, layers: Tensor, stored: Sides) -> Tensor:
        """Return of layers (..., S, S) what a slice of stored height and width takes: the inverse of ``square``."""
        height, width = self.inner(stored)
        top, left = (self.size - height) // 2, (self.size - width) // 2
        return layers[..., top : top + height, left : left + width]


def resized(case: Case, grid: Grid) -> Resized:
    """Return a case's slices (n, C, S, S) and masks (n, S, S) on a grid."""
    way, sides = RESIZED[grid.resizing], grid.inner((case.image.shape[1], case.image.shape[2]))
    windows = grid.windows or (None,) * len(case.channels)
    first, *others = (
        scaled(channel, grid.scaling, window) for channel, window in zip(case.channels, windows, strict=True)
    )
    grey, mask = way(first, case.mask, sides)
    greys = [grey, *(way(other, None, sides)[0] for other in others)]
    return grid.square(torch.cat(greys, 1)), None if mask is None else _labels_in_square(mask, grid)


def _labels_in_square(mask: Tensor, grid: Grid) -> Tensor:
    """Return masks (n, S, S), background about a slice, and nobody's about one on which nobody labelled anything."""
    squared = grid.square(mask)
    bare = (mask == IGNORED).flatten(1).all(1)
    return torch.where(bare.view(-1, 1, 1), squared.new_tensor(IGNORED), squared) if bool(bare.any()) else squared


def scaled(image: npt.NDArray[np.float32], scaling: Scaling, window: Window | None = None) -> npt.NDArray[np.float32]:
    """Return a volume (slices, H, W) in [0, 1]: by a window, by its extremes, or clipped at percentiles 1 and 99.

    A constant volume without a window gives zeros.
    """
    if window is not None:
        low, high = window
    elif scaling == "minmax":
        low, high = float(image.min()), float(image.max())
    else:
        low, high = (float(value) for value in np.percentile(image, PERCENTILES))
    span = high - low
    if span <= 0:
        return np.zeros_like(image)
    unit: npt.NDArray[np.float32] = np.clip((image - np.float32(low)) / np.float32(span), 0, 1)
    return unit


def smoothly(image: Grey, mask: Labels | None, sides: Sides) -> Resized:
    """Return images (N, 1, *sides) bilinear with anti-aliasing, and the mask's nearest pixels."""
    grey = torch.from_numpy(image).unsqueeze(1)
    grey = functional.interpolate(grey, sides, mode="bilinear", antialias=True, align_corners=False)
    if mask is None:
        return grey.clamp(0, 1), None
    labels = torch.from_numpy(mask).unsqueeze(1)
    return grey.clamp(0, 1), functional.interpolate(labels, sides, mode="nearest-exact").squeeze(1)


def by_spline(image: Grey, mask: Labels | None, sides: Sides, order: int) -> Resized:
    """Return images as splines of an order, corners on corners, and the mask as of order 0.

    Above order 1 images overshoot [0, 1] a little at edges.
    """
    return _zoomed(image, sides, order).unsqueeze(1), None if mask is None else _zoomed(mask, sides, 0)


def _zoomed(volume: npt.NDArray[Any], sides: Sides, order: int) -> Tensor:
    factors = sides[0] / volume.shape[1], sides[1] / volume.shape[2]
    slices = [torch.from_numpy(ndimage.zoom(one, factors, order=order)) for one in volume]
    return torch.stack(slices) if slices else torch.empty(0, *sides)


RESIZED: Mapping[Resizing, Callable[[Grey, Labels | None, Sides], Resized]] = {
    "smooth": smoothly,
    "nearest": partial(by_spline, order=0),
    "cubic": partial(by_spline, order=3),
}
