"""Representations of chosen pixels, without a dense full-size map."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from methods.errors import MethodError
from methods.parts.enlarged import SOURCES, Place, brought_down
from methods.parts.pooled import pooled
from methods.parts.precision import full, full_dtype

AT_ONCE = 1 << 16  # pixels whose values in all levels are held at once


class RepresentationHead(nn.Module):
    """Give each pixel a vector: a linear map of each decoder level, upsampled and summed, then one more linear map.

    This is the lateral-and-top-down sum of a feature pyramid (ACTION section 2.2 names an FPN head), and linear like
    the released head. Linear maps commute with bilinear upsampling, so a pixel's vector needs four cells of each level,
    and a class mean is the map of the mean. enlarging: how levels are brought to the image's size, key of ``SOURCES``.
    """

    def __init__(self, channels: Sequence[int], width: int, enlarging: str = "centres") -> None:
        super().__init__()
        self.enlarging = enlarging
        self.lateral = nn.ModuleList(nn.Linear(count, width, bias=False) for count in channels)
        self.merge = nn.Linear(width, width)

    def at(self, maps: Sequence[Tensor], pixels: Tensor, size: tuple[int, int]) -> Tensor:
        """Return (P, width) for flat pixel numbers (P,) in the (N, *size) grid of the batch."""
        found = (interpolated(level, pixels, size, self.enlarging) for level in maps)
        vectors: Tensor = self.merge(sum(lateral(values) for lateral, values in zip(self.lateral, found, strict=True)))
        return full(vectors)

    def everywhere(self, maps: Sequence[Tensor], size: tuple[int, int]) -> Tensor:
        """Return (N * H * W, width), the vectors of all pixels, a part of them at a time."""
        numbers = torch.arange(len(maps[0]) * size[0] * size[1], device=maps[0].device)
        return torch.cat([self.at(maps, part, size) for part in torch.split(numbers, AT_ONCE)])

    def mean(self, maps: Sequence[Tensor], membership: Tensor) -> Tensor:
        """Return (classes, width), the mean vector of each class, for 0/1 membership (N, classes, H, W).

        An empty class gives the vector of zero features.
        """
        means = (class_mean(level, membership, self.enlarging) for level in maps)
        vectors: Tensor = self.merge(sum(lateral(values) for lateral, values in zip(self.lateral, means, strict=True)))
        return full(vectors)

    def cells(self, maps: Sequence[Tensor], side: int) -> Tensor:
        """Return (N, side * side, width), the mean vector of each cell of an image cut in ``side`` x ``side``."""
        means = (pooled(level, side).flatten(2).transpose(1, 2) for level in maps)
        vectors: Tensor = self.merge(sum(lateral(values) for lateral, values in zip(self.lateral, means, strict=True)))
        return full(vectors)


def interpolated(level: Tensor, pixels: Tensor, size: tuple[int, int], enlarging: str = "centres") -> Tensor:
    """Return (P, C): a map (N, C, h, w) at pixels of its bilinear enlargement to ``size``."""
    height, width = level.shape[-2:]
    cells = level.permute(0, 2, 3, 1).reshape(-1, level.shape[1])
    image = pixels // (size[0] * size[1])
    if (height, width) == size:
        return cells.index_select(0, pixels)  # unlike indexing, its gradient is summed in a fixed order on the CPU
    place, exact = SOURCES[enlarging], full_dtype(level)
    low_y, high_y, share_y = _neighbors((pixels // size[1] % size[0]).to(exact), height, size[0], place)
    low_x, high_x, share_x = _neighbors((pixels % size[1]).to(exact), width, size[1], place)
    base = image * height
    corners = ((low_y, low_x), (low_y, high_x), (high_y, low_x), (high_y, high_x))
    shares = ((1 - share_y) * (1 - share_x), (1 - share_y) * share_x, share_y * (1 - share_x), share_y * share_x)
    parts = [
        cells.index_select(0, (base + row) * width + column) * share.unsqueeze(1).to(cells.dtype)
        for (row, column), share in zip(corners, shares, strict=True)
    ]
    return torch.stack(parts).sum(0)


def _neighbors(position: Tensor, cells: int, pixels: int, place: Place) -> tuple[Tensor, Tensor, Tensor]:
    source = place(position, cells, pixels).clamp_min(0)
    low = source.long().clamp_max(cells - 1)
    return low, (low + 1).clamp_max(cells - 1), source - low


def class_mean(level: Tensor, membership: Tensor, enlarging: str = "centres") -> Tensor:
    """Return (classes, C): the mean over each class of a map (N, C, h, w) enlarged to the size of the membership.

    The enlargement is never made: its adjoint brings the memberships down to the map's size instead.
    """
    size = membership.shape[-2:]
    if level.shape[-1] > size[-1]:
        raise MethodError(f"a decoder map {tuple(level.shape)} is larger than the image {tuple(size)}")
    weight = counted = membership.to(full_dtype(level))
    if level.shape[-2:] != size:
        weight = brought_down(counted, (level.shape[-2], level.shape[-1]), enlarging)
    return torch.einsum("nkhw,nchw->kc", weight, full(level)) / counted.sum((0, 2, 3)).clamp_min(1).unsqueeze(1)
