"""Which slices an update takes: a function of its number and a seed alone, so nothing needs saving to resume."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Protocol

import torch
from torch import Tensor

from data.rows import Rows
from data.task import IGNORED

AT_ONCE = 64  # slices of which it is looked at once what they hold
PARTITIONS = 4  # Chaitanya et al., NeurIPS 2020: S = 4 parts of a volume on ACDC


class Drawer(Protocol):
    """What names the slices of an update."""

    def take(self, update: int, count: int) -> Tensor:
        """Return the (count,) slice numbers of an update, 0 being the first."""


class Shuffle:
    """Endless epochs over slice numbers, each in an order of its own; no slice returns before all were used."""

    def __init__(self, slices: Tensor, seed_of: Callable[[int], int]) -> None:
        self.slices = slices.cpu()

        @lru_cache(maxsize=2)
        def epoch(number: int) -> Tensor:
            rng = torch.Generator().manual_seed(seed_of(number))
            return self.slices[torch.randperm(len(self.slices), generator=rng)]

        self._epoch = epoch

    def take(self, update: int, count: int) -> Tensor:
        """Return the (count,) slice numbers of an update, 0 being the first."""
        start, total = update * count, len(self.slices)
        taken: list[Tensor] = []
        while count:
            offset = start % total
            part = self._epoch(start // total)[offset : offset + count]
            taken.append(part)
            start, count = start + len(part), count - len(part)
        return torch.cat(taken) if taken else self.slices[:0]


class Partition:
    """Slices of four parts along the axis in turn: item i of a batch is from part i mod 4, each part shuffled alone."""

    def __init__(self, position: Tensor, seed_of: Callable[[int, int], int]) -> None:
        part = (position.cpu() * PARTITIONS).long().clamp_max(PARTITIONS - 1)
        self._parts = [
            Shuffle(torch.nonzero(part == k).flatten(), lambda epoch, k=k: seed_of(k, epoch))  # type: ignore[misc]
            for k in range(PARTITIONS)
            if bool((part == k).any())
        ]

    def take(self, update: int, count: int) -> Tensor:
        """Return the (count,) slice numbers of an update."""
        kinds = len(self._parts)
        sizes = [len(range(k, count, kinds)) for k in range(kinds)]
        drawn = [part.take(update, size) for part, size in zip(self._parts, sizes, strict=True)]
        order = [drawn[i % kinds][i // kinds] for i in range(count)]
        return torch.stack(order) if order else torch.empty(0, dtype=torch.int64)


class WithForeground:
    """Slices of another drawer, and at the end of a batch a share of slices that hold a structure, of each in turn.

    holding: drawers of the slices that hold a structure, one a structure that any slice holds.
    """

    def __init__(self, among_all: Drawer, holding: Sequence[Drawer], share: float) -> None:
        self.among_all, self.holding, self.share = among_all, holding, share

    def take(self, update: int, count: int) -> Tensor:
        """Return the (count,) slice numbers of an update."""
        others = round(count * (1 - self.share)) if self.holding else count
        numbers = range(update * (count - others), (update + 1) * (count - others))
        turns = [divmod(number, len(self.holding)) for number in numbers]
        held = [self.holding[structure].take(turn, 1) for turn, structure in turns]
        return torch.cat([self.among_all.take(update, others), *held])


def slices_that_hold(masks: Tensor | Rows) -> Mapping[int, Tensor]:
    """Return the numbers of the slices that hold each structure that any holds, from masks (N, H, W) uint8."""
    held: dict[int, list[Tensor]] = {}
    for first in range(0, len(masks), AT_ONCE):
        part = masks[first : first + AT_ONCE]
        for label in torch.unique(part).tolist():
            held.setdefault(label, []).append(first + (part == label).flatten(1).any(1).nonzero().flatten().cpu())
    return {label: torch.cat(held[label]) for label in sorted(held) if label not in (0, IGNORED)}
