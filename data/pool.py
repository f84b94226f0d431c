"""All slices of some cases, resized and scaled once, held on the device."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
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

Scaling = Literal["minmax", "percentile"]
Resizing = Literal["smooth", "nearest", "cubic"]
Grey = npt.NDArray[np.float32]
Labels = npt.NDArray[np.uint8]
Resized = tuple[Tensor, Tensor | None]
PERCENTILES = (1.0, 99.0)


@dataclass(frozen=True, eq=False)
class Pool:
    """Slices of several volumes in a row.

    images: (N, 1, S, S) float32 in [0, 1], or about it where resized ``cubic``. masks: (N, S, S) uint8, or None where
    they must not be seen. case: (N,) int64, which volume. position: (N,) float32 in [0, 1] along the volume. names:
    volume names. stretch: (N,) stored height over stored width, None where all were stored square.
    """

    images: Tensor
    masks: Tensor | None
    case: Tensor
    position: Tensor
    names: tuple[str, ...]
    stretch: Tensor | None = None

    def __len__(self) -> int:
        return int(self.images.shape[0])

    def rows(self, volume: int) -> Tensor:
        """Return the (n, 1, S, S) images of one volume."""
        return self.images[self.case.to("cpu") == volume]


@dataclass(frozen=True)
class Grid:
    """How slices become square: their side, the scale of their grey values, and a way of RESIZED."""

    size: int
    scaling: Scaling
    resizing: Resizing = "smooth"


def build_pool(cases: Iterable[Case], grid: Grid, device: torch.device) -> Pool:
    """Return the slices of cases on a grid. Masks are kept only if every case has one."""
    resized, size = RESIZED[grid.resizing], grid.size
    images: list[Tensor] = []
    masks: list[Tensor | None] = []
    names: list[str] = []
    stretches: list[float] = []
    for case in cases:
        grey, mask = resized(scaled(case.image, grid.scaling), case.mask, size)
        images.append(grey)
        masks.append(mask)
        names.append(case.name)
        stretches.append(case.image.shape[1] / case.image.shape[2])
    counts = [len(image) for image in images]
    slices = torch.tensor(counts, dtype=torch.int64)
    number = torch.repeat_interleave(torch.arange(len(counts)), slices)
    along = [torch.linspace(0, 1, count) if count > 1 else torch.full((1,), 0.5) for count in counts]
    known = [mask for mask in masks if mask is not None]
    return Pool(
        _joined(images, torch.empty(0, 1, size, size)).to(device),
        _joined(known, torch.empty(0, size, size, dtype=torch.uint8)).to(device) if len(known) == len(masks) else None,
        number.to(device),
        _joined(along, torch.empty(0)).to(device),
        tuple(names),
        torch.tensor(stretches).repeat_interleave(slices).to(device),
    )


def scaled(image: npt.NDArray[np.float32], scaling: Scaling) -> npt.NDArray[np.float32]:
    """Return a volume (slices, H, W) in [0, 1]: by its extremes, or clipped at its 1st and 99th percentile.

    A constant volume gives zeros.
    """
    if scaling == "minmax":
        low, high = float(image.min()), float(image.max())
    else:
        low, high = (float(value) for value in np.percentile(image, PERCENTILES))
    span = high - low
    if span <= 0:
        return np.zeros_like(image)
    unit: npt.NDArray[np.float32] = np.clip((image - np.float32(low)) / np.float32(span), 0, 1)
    return unit


def smoothly(image: Grey, mask: Labels | None, size: int) -> Resized:
    """Return images (N, 1, size, size) bilinear with anti-aliasing, and the mask's nearest pixels."""
    grey = torch.from_numpy(image).unsqueeze(1)
    grey = functional.interpolate(grey, (size, size), mode="bilinear", antialias=True, align_corners=False)
    if mask is None:
        return grey.clamp(0, 1), None
    labels = torch.from_numpy(mask).unsqueeze(1)
    return grey.clamp(0, 1), functional.interpolate(labels, (size, size), mode="nearest-exact").squeeze(1)


def by_spline(image: Grey, mask: Labels | None, size: int, order: int) -> Resized:
    """Return images as splines of an order, corners on corners, and the mask as of order 0.

    Above order 1 images overshoot [0, 1] a little at edges.
    """
    return _zoomed(image, size, order).unsqueeze(1), None if mask is None else _zoomed(mask, size, 0)


def _zoomed(volume: npt.NDArray[Any], size: int, order: int) -> Tensor:
    factors = size / volume.shape[1], size / volume.shape[2]
    slices = [torch.from_numpy(ndimage.zoom(one, factors, order=order)) for one in volume]
    return torch.stack(slices) if slices else torch.empty(0, size, size)


RESIZED: Mapping[Resizing, Callable[[Grey, Labels | None, int], Resized]] = {
    "smooth": smoothly,
    "nearest": partial(by_spline, order=0),
    "cubic": partial(by_spline, order=3),
}


def _joined(parts: list[Tensor], empty: Tensor) -> Tensor:
    return torch.cat(parts) if parts else empty
