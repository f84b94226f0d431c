"""Square regions of feature maps."""

from __future__ import annotations

import torch
from torch import Tensor

from methods.errors import MethodError


def draw_regions(features: Tensor, slices: int, count: int, side: int, rng: torch.Generator) -> Tensor:
    """Return the numbers (slices, count) of different regions of each slice, row by row of a grid without overlap.

    features: (N, C, h, w), whose size alone matters. Where a map has fewer regions than ``count``, all of them.
    """
    there = (features.shape[-2] // side) * (features.shape[-1] // side)
    order = torch.rand(slices, there, generator=rng, device=features.device).argsort(1)
    return order[:, :count]


def check_room(features: Tensor, side: int) -> None:
    """Raise MethodError where maps (N, C, h, w) have room for fewer than two regions: one alone is apart from none."""
    height, width = features.shape[-2:]
    if (height // side) * (width // side) < 2:
        raise MethodError(
            f"the maps of {height} x {width} that regions of {side} x {side} are compared in have room for fewer than"
            " two of them; take larger slices, more blocks, or a smaller region_side"
        )


def region_vectors(features: Tensor, places: Tensor, side: int) -> Tensor:
    """Return the vectors (N, count, side * side, C) of the pixels of regions (N, count) of maps (N, C, h, w)."""
    width = features.shape[-1]
    columns = width // side
    corner = places // columns * side * width + places % columns * side
    step = torch.arange(side, device=features.device)
    inside = (step.unsqueeze(1) * width + step).flatten()
    pixels = (corner.unsqueeze(2) + inside).flatten(1)
    channels = features.shape[1]
    picked = features.flatten(2).gather(2, pixels.unsqueeze(1).expand(-1, channels, -1))
    return picked.transpose(1, 2).reshape(*places.shape, side * side, channels)
