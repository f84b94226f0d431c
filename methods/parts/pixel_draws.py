"""Which pixels of each class an update looks at: any, or of each part of the image as many as lie there (ARCO)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

Pick = Callable[[Tensor, int, torch.Generator], tuple[Tensor, Tensor]]
"""Membership 0/1 (N, classes, H, W), how many, random numbers -> pixels (classes, count), which classes have any.

Pixels are flat numbers in the (N, H, W) grid; those of an empty class are valid but meaningless.
"""


BLOCK = 1024  # pixels that are counted in a row; the number of rows is what a GPU does at once


def counted_up(members: Tensor) -> Tensor:
    """Return (K, P) int64, how many of the 0/1 members (K, P) there are up to each."""
    return members.cumsum(1, dtype=torch.int64) if members.device.type == "cpu" else in_blocks(members)


def in_blocks(members: Tensor) -> Tensor:
    """Return them counted in blocks, which a GPU does side by side: a row of a million at once takes it 3 ms."""
    rows, count = members.shape
    blocks = functional.pad(members, (0, -count % BLOCK)).view(rows, -1, BLOCK).cumsum(2, dtype=torch.int64)
    ends = blocks[..., -1]
    return (blocks + (ends.cumsum(1) - ends).unsqueeze(2)).flatten(1)[:, :count].contiguous()


def draw_pixels(membership: Tensor, count: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return flat pixel numbers (classes, count), drawn with replacement from each class, and which classes have any.

    membership: 0/1 (N, classes, H, W). Numbers of an empty class are valid but meaningless.
    """
    flat = membership.movedim(1, 0).flatten(1)
    rank = counted_up(flat)
    total = rank[:, -1:]
    uniform = torch.rand(len(flat), count, generator=rng, device=flat.device, dtype=torch.float64)
    wanted = (uniform * total).long() + 1
    pixels = torch.searchsorted(rank, wanted).clamp_max(flat.shape[1] - 1)
    return pixels, total[:, 0] > 0


def draw_by_groups(side: int, membership: Tensor, count: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return the same drawn by stratified groups (ARCO section 3.3): each image is cut in ``side`` x ``side`` cells.

    A cell gives its share of the class's pixels, rounded up or down at random, so that each pixel is as likely as any
    other: equal numbers where the class fills cells alike. None is drawn twice while the class has as many as drawn.
    """
    groups = Groups.of(membership, side)
    drawn = groups.shares(count, rng)
    turn, spread = groups.uniform(groups.size.shape[1], rng), groups.uniform(count, rng)
    start = (turn * groups.size).long().gather(1, drawn.cell)
    low = drawn.number * drawn.size // drawn.together
    high = (drawn.number + 1) * drawn.size // drawn.together
    return groups.pixels(drawn, (start + low + (spread * (high - low)).long()) % drawn.size)


def draw_by_opposites(side: int, membership: Tensor, count: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return the same in pairs (ARCO section 3.3, antithetic): of a class's pixels in a cell the k-th and k-th last.

    Where the class fills the cell they are mirrored at its centre. A pixel can be drawn twice.
    """
    groups = Groups.of(membership, side)
    drawn = groups.shares(-(-count // 2), rng)
    spread = groups.uniform(drawn.cell.shape[1], rng)
    rank = ((drawn.number + spread) / drawn.together * drawn.size / 2).long()
    (one, present), (other, _) = (groups.pixels(drawn, each) for each in (rank, drawn.size - 1 - rank))
    return torch.stack([one, other], 2).flatten(1)[:, :count], present


class Drawn(NamedTuple):
    """Of each draw (classes, draws): its cell, its number of the cell's draws, how many these are, the cell's size."""

    cell: Tensor
    number: Tensor
    together: Tensor
    size: Tensor


@dataclass(frozen=True, eq=False)
class Groups:
    """The pixels of each class, cell by cell of each image.

    order: (H * W,) the pixels of an image, cell by cell. rank: (classes, N * H * W) how many of a class there are up to
    a pixel in that order. first, size: (classes, N * cells) how many lie before a cell, and in it.
    """

    order: Tensor
    rank: Tensor
    first: Tensor
    size: Tensor

    @classmethod
    def of(cls, membership: Tensor, side: int) -> Groups:
        """Return the groups of 0/1 membership (N, classes, H, W)."""
        order, lengths = cells(membership.shape[-2], membership.shape[-1], side, membership.device)
        ends = lengths.repeat(len(membership)).cumsum(0)
        ordered = membership.movedim(1, 0).flatten(2).index_select(2, order).flatten(1)
        rank = counted_up(ordered)
        upto = rank[:, ends - 1]
        size = upto.diff(dim=1, prepend=torch.zeros_like(upto[:, :1]))
        return cls(order, rank, upto - size, size)

    def uniform(self, count: int, rng: torch.Generator) -> Tensor:
        """Return random numbers (classes, count) in [0, 1)."""
        return torch.rand(len(self.rank), count, generator=rng, device=self.rank.device, dtype=torch.float64)

    def shares(self, count: int, rng: torch.Generator) -> Drawn:
        """Return from which cells so many pixels of each class come: as many of each as its share, up or down."""
        total = self.rank[:, -1:]
        numbers = torch.arange(count, device=total.device)
        place = (self.uniform(1, rng) + numbers) * (total / count)
        cell = torch.searchsorted(self.first + self.size, place.long(), right=True).clamp_max(self.size.shape[1] - 1)
        before, upto = torch.searchsorted(cell, cell), torch.searchsorted(cell, cell, right=True)
        return Drawn(cell, numbers - before, upto - before, self.size.gather(1, cell).clamp_min(1))

    def pixels(self, drawn: Drawn, rank: Tensor) -> tuple[Tensor, Tensor]:
        """Return flat pixel numbers of ranks (classes, draws) in their cells, and which classes have any pixel."""
        wanted = self.first.gather(1, drawn.cell) + rank + 1
        place = torch.searchsorted(self.rank, wanted).clamp_max(self.rank.shape[1] - 1)
        image = place.div(len(self.order), rounding_mode="floor")
        return image * len(self.order) + self.order[place % len(self.order)], self.rank[:, -1] > 0


def cells(height: int, width: int, side: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return the pixels (H * W,) of an image cell by cell, and how many each of ``side`` x ``side`` cells has.

    Cells differ by a row and a column where the side does not divide the image's.
    """
    numbers = torch.arange(height * width, device=device).view(height, width)
    order = torch.cat([cell.flatten() for band in numbers.tensor_split(side, 0) for cell in band.tensor_split(side, 1)])
    index = torch.arange(side, device=device)
    rows, columns = (length // side + (index < length % side) for length in (height, width))
    return order, (rows.unsqueeze(1) * columns).flatten()


def picked(pixels: str, side: int) -> Pick:
    """Return how pixels are drawn, by name; side: of the grid that images are cut in, where they are."""
    ways: Mapping[str, Pick] = {
        "any": draw_pixels,
        "groups": partial(draw_by_groups, side),
        "opposites": partial(draw_by_opposites, side),
    }
    return ways[pixels]
