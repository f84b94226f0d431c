"""Convolved representations of chosen pixels, without a convolution of the full-size map."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from methods.parts.enlarged import SOURCES, Place
from methods.parts.precision import full, full_dtype


class ConvolvedHead(nn.Module):
    """Give each pixel a vector: all decoder levels upsampled and concatenated, a 3x3 convolution, then a 1x1 one.

    The head of the ACTION code @77730a7 model.py: no bias in the first, no activation between, zeros around the image.
    It is linear, so a pixel's vector needs the few cells around it in each level, and a class mean nine pooled maps.
    enlarging: how levels are brought to the image's size, a key of ``SOURCES``.
    """

    def __init__(self, channels: Sequence[int], width: int, enlarging: str = "centres") -> None:
        super().__init__()
        self.channels, self.enlarging = list(channels), enlarging
        self.spread = nn.Conv2d(sum(channels), width, 3, padding=1, bias=False)  # never called, it holds the kernel
        self.merge = nn.Linear(width, width)

    def at(self, maps: Sequence[Tensor], pixels: Tensor, size: tuple[int, int]) -> Tensor:
        """Return (P, width) for flat pixel numbers (P,) in the (N, *size) grid of the batch."""
        return self.convolved(neighborhoods(level, pixels, size, self.enlarging) for level in maps)

    def mean(self, maps: Sequence[Tensor], membership: Tensor) -> Tensor:
        """Return (classes, width), the mean vector of each class, for 0/1 membership (N, classes, H, W).

        An empty class gives the vector of zero features.
        """
        counted = membership.to(full_dtype(maps[0]))
        weight = counted / counted.sum((0, 2, 3), keepdim=True).clamp_min(1)
        return self.convolved(neighborhood_sums(level, weight, self.enlarging) for level in maps)

    def everywhere(self, maps: Sequence[Tensor], size: tuple[int, int]) -> Tensor:
        """Return (N * H * W, width), the vectors of all pixels, by the map that both convolutions are together.

        Not for gradients: it is made anew at each call, and slices are taken one at a time.
        """
        folded = torch.einsum("ow,wcij->ocij", self.merge.weight, self.spread.weight)
        kernels = torch.split(folded.to(maps[0].dtype), self.channels, 1)
        found = []
        for number in range(len(maps[0])):
            levels = [level[number : number + 1] for level in maps]
            parts = [full(spread_out(*pair, size, self.enlarging)) for pair in zip(levels, kernels, strict=True)]
            found.append(torch.stack(parts).sum(0))
        return torch.cat(found) + full(self.merge.bias)

    def convolved(self, surroundings: Iterable[Tensor]) -> Tensor:
        """Return (P, width) for what each level holds around P places, (P, 9, C_l)."""
        kernels = torch.split(self.spread.weight.permute(0, 2, 3, 1), self.channels, -1)
        spread = sum(
            full(functional.linear(values.flatten(1), kernel.flatten(1).to(values.dtype)))
            for values, kernel in zip(surroundings, kernels, strict=True)
        )
        vectors: Tensor = self.merge(spread)
        return full(vectors)


def neighborhoods(level: Tensor, pixels: Tensor, size: tuple[int, int], enlarging: str = "centres") -> Tensor:
    """Return (P, 9, C): a map (N, C, h, w), enlarged bilinearly to ``size``, at each pixel and its eight neighbours.

    Neighbours outside the image are zero. The nine share cells, so these are fetched once and mixed by a small matrix.
    """
    channels, height, width = level.shape[1:]
    place = SOURCES[enlarging]
    rows, row_shares = _cells_near(pixels // size[1] % size[0], Axis(height, size[0], place, full_dtype(level)))
    columns, column_shares = _cells_near(pixels % size[1], Axis(width, size[1], place, full_dtype(level)))
    first = pixels // (size[0] * size[1]) * height
    numbers = (first.view(-1, 1, 1) + rows.unsqueeze(2)) * width + columns.unsqueeze(1)
    shares = row_shares[:, :, None, :, None] * column_shares[:, None, :, None, :]
    # unlike that of indexing, the gradient of an embedding is summed in a fixed order
    cells = functional.embedding(numbers.flatten(1), level.permute(0, 2, 3, 1).reshape(-1, channels))
    return shares.flatten(3).flatten(1, 2).to(cells.dtype) @ cells


def spread_out(level: Tensor, kernel: Tensor, size: tuple[int, int], enlarging: str = "centres") -> Tensor:
    """Return (H * W, width): a map (1, C, h, w), enlarged bilinearly to ``size``, through a kernel (width, C, 3, 3).

    A small map is multiplied where it is small and its products are enlarged, whichever takes fewer multiplications.
    """
    (channels, *cells), pixels = level.shape[1:], math.prod(size)
    first = 9 * channels * math.prod(cells) + 9 * math.prod(cells) * size[1] + 3 * cells[0] * pixels
    way = _enlarged_products if first < 9 * channels * pixels else _products_of_enlarged
    return way(level, kernel, size, enlarging)


def _products_of_enlarged(level: Tensor, kernel: Tensor, size: tuple[int, int], enlarging: str) -> Tensor:
    if level.shape[-2:] != size:
        level = functional.interpolate(level, size, mode="bilinear", align_corners=enlarging == "corners")
    last = torch.channels_last  # in which the result needs no copy
    products = functional.conv2d(level.contiguous(memory_format=last), kernel.contiguous(memory_format=last), padding=1)
    return products.permute(0, 2, 3, 1).flatten(0, 2)


def _enlarged_products(level: Tensor, kernel: Tensor, size: tuple[int, int], enlarging: str) -> Tensor:
    (height, width), features = level.shape[-2:], len(kernel)
    rows = _shares_of_all(Axis(height, size[0], SOURCES[enlarging], full_dtype(level)), level.device)
    columns = _shares_of_all(Axis(width, size[1], SOURCES[enlarging], full_dtype(level)), level.device)
    # of each cell, row and column of the kernel, and feature: (h * w, C) @ (C, 3 * 3 * features)
    products = level[0].flatten(1).T @ kernel.permute(1, 2, 3, 0).flatten(1)
    across = products.view(height, width, 3, 3, features).permute(2, 0, 3, 1, 4).reshape(3 * height, -1, features)
    across = columns.to(across.dtype) @ across
    return (rows.to(across.dtype) @ across.flatten(1)).view(-1, features)


def neighborhood_sums(level: Tensor, weight: Tensor, enlarging: str = "centres") -> Tensor:
    """Return (classes, 9, C): the ``neighborhoods`` of all pixels, summed with the weights (N, classes, H, W).

    The weights are brought down to the map (N, C, h, w), not the map up to them.
    """
    (images, classes), (height, width) = weight.shape[:2], level.shape[-2:]
    place = SOURCES[enlarging]
    rows = _shares_of_all(Axis(height, weight.shape[-2], place, weight.dtype), level.device)
    columns = _shares_of_all(Axis(width, weight.shape[-1], place, weight.dtype), level.device)
    pooled = (rows.T @ (weight @ columns)).view(images, classes, 3, height, 3, width)
    return torch.einsum("nkihjw,nchw->kijc", pooled.to(level.dtype), level).flatten(1, 2)


class Axis(NamedTuple):
    """A map's cells along an axis of the image, ``size`` pixels long, and how places among them are computed."""

    cells: int
    size: int
    place: Place
    dtype: torch.dtype


def _cells_near(position: Tensor, axis: Axis) -> tuple[Tensor, Tensor]:
    """Return (P, K), which cells of an axis a pixel and its two neighbours lie between, and (P, 3, K), their shares."""
    source, inside = _sources(position, axis)
    # at full size a pixel is a cell; else three pixels span up to 2 * cells / size and the last needs the cell beyond
    span = max(axis.cells / axis.size, (axis.cells - 1) / max(axis.size - 1, 1))
    count = 3 if axis.cells == axis.size else 2 + math.ceil(2 * span)
    numbers = source[:, :1].floor() + torch.arange(count, device=position.device)
    return numbers.clamp_max(axis.cells - 1).long(), _shares(source, inside, numbers)


def _shares_of_all(axis: Axis, device: torch.device) -> Tensor:
    """Return (size, 3 * cells), the share of every cell of an axis in every pixel and its two neighbours."""
    source, inside = _sources(torch.arange(axis.size, device=device), axis)
    return _shares(source, inside, torch.arange(axis.cells, device=device).unsqueeze(0)).flatten(1)


def _sources(position: Tensor, axis: Axis) -> tuple[Tensor, Tensor]:
    """Return (P, 3): where among the cells a pixel and its two neighbours lie, and which of them are in the image."""
    neighbor = position.unsqueeze(1) + torch.arange(-1, 2, device=position.device)
    source = axis.place(neighbor.to(axis.dtype), axis.cells, axis.size).clamp(0, axis.cells - 1)
    return source, (neighbor >= 0) & (neighbor < axis.size)


def _shares(source: Tensor, inside: Tensor, numbers: Tensor) -> Tensor:
    """Return (P, 3, K), the bilinear share of each numbered cell, falling from 1 to 0 at the cells beside it."""
    distance = (source.unsqueeze(2) - numbers.unsqueeze(1)).abs()
    return (1 - distance).clamp_min(0) * inside.unsqueeze(2)
