"""All slices of some cases, resized and scaled once, held on the device."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from data.case import Case

Scaling = Literal["minmax", "percentile"]
PERCENTILES = (1.0, 99.0)


@dataclass(frozen=True, eq=False)
class Pool:
    """Slices of several volumes in a row.

    images: (N, 1, S, S) float32 in [0, 1]. masks: (N, S, S) uint8, or None where they must not be seen.
    case: (N,) int64, which volume. position: (N,) float32 in [0, 1] along the volume. names: volume names.
    """

    images: Tensor
    masks: Tensor | None
    case: Tensor
    position: Tensor
    names: tuple[str, ...]

    def __len__(self) -> int:
        return int(self.images.shape[0])

    def rows(self, volume: int) -> Tensor:
        """Return the (n, 1, S, S) images of one volume."""
        return self.images[self.case.to("cpu") == volume]


def build_pool(cases: Iterable[Case], size: int, scaling: Scaling, device: torch.device, first_case: int = 0) -> Pool:
    """Return the slices of cases at size x size: images bilinear with anti-aliasing, masks nearest.

    Masks are kept only if every case has one. Volumes are numbered from first_case.
    """
    images: list[Tensor] = []
    masks: list[Tensor | None] = []
    names: list[str] = []
    for case in cases:
        grey = torch.from_numpy(scaled(case.image, scaling)).unsqueeze(1)
        images.append(functional.interpolate(grey, (size, size), mode="bilinear", antialias=True, align_corners=False))
        masks.append(None if case.mask is None else _resized_mask(case.mask, size))
        names.append(case.name)
    counts = [len(image) for image in images]
    number = torch.repeat_interleave(torch.arange(len(counts)) + first_case, torch.tensor(counts, dtype=torch.int64))
    along = [torch.linspace(0, 1, count) if count > 1 else torch.full((1,), 0.5) for count in counts]
    known = [mask for mask in masks if mask is not None]
    return Pool(
        _joined(images, torch.empty(0, 1, size, size)).clamp(0, 1).to(device),
        _joined(known, torch.empty(0, size, size, dtype=torch.uint8)).to(device) if len(known) == len(masks) else None,
        number.to(device),
        _joined(along, torch.empty(0)).to(device),
        tuple(names),
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


def _resized_mask(mask: npt.NDArray[np.uint8], size: int) -> Tensor:
    labels = torch.from_numpy(mask).unsqueeze(1)
    return functional.interpolate(labels, (size, size), mode="nearest-exact").squeeze(1)


def _joined(parts: list[Tensor], empty: Tensor) -> Tensor:
    return torch.cat(parts) if parts else empty
