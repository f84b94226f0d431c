"""Connected components of label maps, exact, on whatever device they lie."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

LEFT = (1, 0)
OTHER_ROWS = list(itertools.product((0, 2), range(3)))


@torch.no_grad()
def largest_components(classes: Tensor) -> Tensor:
    """Return classes (N, H, W) int64 with all but the largest component of each class and slice set to 0.

    Pixels touch at sides and corners. Of equally large components the one that comes first row by row stays.
    """
    count, height, width = classes.shape
    roots = components(classes).flatten(1)
    size = torch.zeros_like(roots).scatter_add(1, roots, torch.ones_like(roots)).gather(1, roots)
    rank = size * (height * width) - roots  # by size, then by place; no two components share one
    flat = classes.flatten(1)
    best = torch.full((count, int(height * width) + 1), -1, device=classes.device)
    best = best.scatter_reduce(1, flat, rank, "amax").gather(1, flat)
    return torch.where(rank == best, flat, 0).view_as(classes)


@torch.no_grad()
def components(classes: Tensor) -> Tensor:
    """Return, for each pixel of classes (N, H, W), the lowest pixel number (row by row, in its slice) it is joined to.

    Runs of pixels in a row are the first trees. Each hangs itself below the lowest root beside it, then jumping
    flattens all trees. One that joins none and that none joins is lower than all its neighbours, so these have joined
    lower ones still, and it joins in the next round: two rounds at least halve a component's trees. Hence the fixed
    numbers below are enough for every shape, spirals included, and the device is never asked. 128 x 128: 26 rounds with
    182 jumps, 0.1 s for eight slices on one CPU thread.
    """
    height, width = classes.shape[-2:]
    pixels = height * width
    # pixels of another class are put so far off that they are never the lowest
    apart = [(one != classes) * pixels for one in _neighbors(classes, OTHER_ROWS)]
    number = torch.arange(pixels, device=classes.device).view(height, width).expand_as(classes)
    roots = (number * (_neighbors(classes, [LEFT])[0] != classes)).cummax(2).values.flatten(1)
    runs = height * ((width + 1) // 2)  # a component can have at most
    for level in range(max(1, (runs - 1).bit_length()), 0, -1):
        for _ in range(2):
            roots = _joined(roots, apart, level)
    return roots.view_as(classes)


def _joined(roots: Tensor, apart: list[Tensor], jumps: int) -> Tensor:
    """Return the roots (N, pixels) after each tree has joined its lowest neighbour, chains of 2 ** jumps at most."""
    lowest = grid = roots.view_as(apart[0])
    for one, far in zip(_neighbors(grid, OTHER_ROWS), apart, strict=True):
        lowest = torch.minimum(lowest, one + far)
    parents = roots.scatter_reduce(1, roots, lowest.flatten(1), "amin")
    for _ in range(jumps):
        parents = parents.gather(1, parents)
    return parents


def _neighbors(grid: Tensor, places: Sequence[tuple[int, int]]) -> list[Tensor]:
    """Return each pixel's neighbours in (N, H, W), -1 outside; (1, 1) is the pixel's own place."""
    height, width = grid.shape[-2:]
    wide = functional.pad(grid, (1, 1, 1, 1), value=-1)
    return [wide[:, down : down + height, right : right + width] for down, right in places]
