"""All slices of some cases, resized and scaled once, held on the device."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
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


@dataclass(frozen=True, eq=False)
class Pool:
    """Slices of several volumes in a row.

    images: (N, C, S, S) float32 in [0, 1], or about it where resized ``cubic``. masks: (N, S, S) uint8, or None where
    they must not be seen. case: (N,) int64, which volume. position: (N,) float32 in [0, 1] along the volume. names:
    volume names. stretch: (N,) stored height over stored width, None where all were stored square, or keep their shape.
    partial: whether masks may hold IGNORED.
    """

    images: Tensor
    masks: Tensor | None
    case: Tensor
    position: Tensor
    names: tuple[str, ...]
    stretch: Tensor | None = None
    partial: bool = False

    def __len__(self) -> int:
        return int(self.images.shape[0])

    def rows(self, volume: int) -> Tensor:
        """Return the (n, C, S, S) images of one volume."""
        return self.images[self.case.to("cpu") == volume]

    def labeled(self) -> Pool:
        """Return the slices of which any pixel is labelled."""
        return self if self.masks is None or not self.partial else self._where(~self._bare(self.masks))

    def unlabeled(self) -> Pool:
        """Return the slices of which no pixel is labelled, without masks."""
        if self.masks is None:
            return self
        return replace(self._where(self._bare(self.masks)), masks=None, partial=False)

    def and_of(self, other: Pool) -> Pool:
        """Return the slices of this pool, then those of another; neither has masks."""
        if not len(other):
            return self
        stretch = None if self.stretch is None or other.stretch is None else torch.cat([self.stretch, other.stretch])
        return Pool(
            torch.cat([self.images, other.images]),
            None,
            torch.cat([self.case, other.case + len(self.names)]),
            torch.cat([self.position, other.position]),
            self.names + other.names,
            stretch,
        )

    def _bare(self, masks: Tensor) -> Tensor:
        return (masks == IGNORED).flatten(1).all(1)

    def _where(self, rows: Tensor) -> Pool:
        masks, stretch = (None if part is None else part[rows] for part in (self.masks, self.stretch))
        parts = self.images[rows], masks, self.case[rows], self.position[rows]
        return Pool(*parts, self.names, stretch, self.partial)


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


def build_pool(cases: Iterable[Case], grid: Grid, device: torch.device) -> Pool:
    """Return the slices of cases on a grid. Masks are kept only if every case has one."""
    images: list[Tensor] = []
    masks: list[Tensor | None] = []
    names: list[str] = []
    stretches: list[float] = []
    for case in cases:
        grey, mask = _fitted(case, grid)
        images.append(grey)
        masks.append(mask)
        names.append(case.name)
        stretches.append(case.image.shape[1] / case.image.shape[2] if grid.fit == "stretch" else 1.0)
    counts = [len(image) for image in images]
    slices = torch.tensor(counts, dtype=torch.int64)
    number = torch.repeat_interleave(torch.arange(len(counts)), slices)
    along = [torch.linspace(0, 1, count) if count > 1 else torch.full((1,), 0.5) for count in counts]
    known = [mask for mask in masks if mask is not None]
    return Pool(
        _joined(images, torch.empty(0, max(1, len(grid.windows)), grid.size, grid.size)).to(device),
        _joined(known, torch.empty(0, grid.size, grid.size, dtype=torch.uint8)).to(device)
        if len(known) == len(masks)
        else None,
        number.to(device),
        _joined(along, torch.empty(0)).to(device),
        tuple(names),
        torch.tensor(stretches).repeat_interleave(slices).to(device),
        any(bool((mask == IGNORED).any()) for mask in known),
    )


def _fitted(case: Case, grid: Grid) -> Resized:
    """Return a case's slices (n, C, S, S) and masks (n, S, S) on a grid."""
    resized, sides = RESIZED[grid.resizing], grid.inner((case.image.shape[1], case.image.shape[2]))
    windows = grid.windows or (None,) * len(case.channels)
    first, *others = (
        scaled(channel, grid.scaling, window) for channel, window in zip(case.channels, windows, strict=True)
    )
    grey, mask = resized(first, case.mask, sides)
    greys = [grey, *(resized(other, None, sides)[0] for other in others)]
    return grid.square(torch.cat(greys, 1)), None if mask is None else grid.square(mask)


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


def _joined(parts: list[Tensor], empty: Tensor) -> Tensor:
    return torch.cat(parts) if parts else empty
