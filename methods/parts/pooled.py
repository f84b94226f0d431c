"""Means over the cells of an image that is cut evenly, added up in a fixed order on every device."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from methods.parts.precision import full


def pooled(maps: Tensor, side: int) -> Tensor:
    """Return (N, C, side, side), the means of maps (N, C, h, w) over cells as adaptive average pooling cuts them.

    The gradient of CUDA's kernel adds up in any order.
    """
    return functional.adaptive_avg_pool2d(maps, side) if maps.device.type == "cpu" else by_products(maps, side)


def by_products(maps: Tensor, side: int) -> Tensor:
    """Return them by a matrix product along each axis, forward and backward, in float32 and rounded once."""
    with torch.autocast(maps.device.type, enabled=False):
        wide = full(maps)
        rows, columns = (_shares(count, side, wide) for count in maps.shape[-2:])
        return (rows @ wide @ columns.T).to(maps.dtype)


def _shares(pixels: int, cells: int, like: Tensor) -> Tensor:
    """Return (cells, pixels), what each pixel of an axis counts in the mean of each cell."""
    cell, pixel = (torch.arange(count, device=like.device) for count in (cells, pixels))
    first, beyond = cell * pixels // cells, ((cell + 1) * pixels + cells - 1) // cells
    inside = (pixel >= first.unsqueeze(1)) & (pixel < beyond.unsqueeze(1))
    return inside.to(like.dtype) / (beyond - first).unsqueeze(1).to(like.dtype)
