"""Bilinear enlargement with corners aligned: its gradient is fast where it is joined with others, in a fixed order."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

from methods.parts.enlarged import by_corners, shares_of
from methods.parts.precision import full


def enlarged(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """Return maps (N, C, h, w) bilinearly at ``size``, corners aligned, in their type and memory format."""
    return by_kernel(maps, size) if maps.device.type == "cpu" else by_matrices(maps, size)


def by_kernel(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """Return them by torch's kernel, and lay the gradient out as the maps are before its adjoint gets it.

    A gradient that is a part of another one, as behind a concatenation, has torch take a scalar loop for the same bits.
    """
    found = functional.interpolate(maps, size, mode="bilinear", align_corners=True)
    if found.requires_grad:
        found.register_hook(partial(_laid, _layout(maps)))  # type: ignore[no-untyped-call]
    return found


def by_matrices(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """Return them by a matrix product along each axis, forward and backward, which no device adds up in another order.

    Half precision is rounded once, at the end, and the shares of the cells never.
    """
    with torch.autocast(maps.device.type, enabled=False):
        cells = full(maps).permute(0, 2, 3, 1)  # channels innermost, as channels_last has them
        images, height, width, channels = cells.shape
        rows, columns = (shares_of(*pair, by_corners, cells) for pair in zip((height, width), size, strict=True))
        tall = (rows @ cells.reshape(images, height, width * channels)).view(images * size[0], width, channels)
        found = (columns @ tall).view(images, *size, channels).permute(0, 3, 1, 2)
    return found.to(maps.dtype).contiguous(memory_format=_layout(maps))


def _laid(layout: torch.memory_format, gradient: Tensor | None) -> Tensor | None:
    """Return a gradient in a memory format; one of zeros that autograd never made stays None."""
    return None if gradient is None else gradient.contiguous(memory_format=layout)


def _layout(maps: Tensor) -> torch.memory_format:
    last = maps.is_contiguous(memory_format=torch.channels_last)
    return torch.channels_last if last else torch.contiguous_format
