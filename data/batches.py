"""Batches of a run: drawn by number, cut from pools on the device, augmented at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial

import torch
from torch import Tensor

from data.batch import Batch, Draw, Images
from data.draw import Drawer, Partition, Shuffle, WithForeground, slices_that_hold
from data.errors import DataError
from data.geometry import Slices
from data.intensity import Chance
from data.pool import Pool
from data.views import Policy, make_own_views, make_views


class Batches:
    """Gives the batch of any update of any stage; the same numbers give the same batch, whatever came before.

    seed_of: names of a dimension (strings and numbers) -> seed.
    """

    def __init__(self, labeled: Pool, unlabeled: Pool, policy: Policy, seed_of: Callable[..., int]) -> None:
        if labeled.masks is None or not len(labeled):
            raise DataError("training needs at least one labelled slice with its mask")
        if unlabeled.masks is not None and len(unlabeled):
            raise DataError("unlabelled slices must not carry masks")
        self.labeled, self.unlabeled, self.policy, self.seed_of = labeled, unlabeled, policy, seed_of
        self._drawer = cache(self._new_drawer)

    def at(self, stage: str, update: int, draw: Draw) -> Batch:
        """Return the batch of an update of a stage."""
        chances = self._chances(stage, update)
        rows = self._drawer("labeled", stage, draw.by, draw.foreground).take(update, draw.labeled)
        labeled, masks = MADE[draw.geometry](self.labeled, rows, draw.views, self.policy, next(chances))
        assert masks is not None
        if not draw.unlabeled:
            return Batch(labeled, masks, None)
        if not len(self.unlabeled):
            raise DataError("this method needs unlabelled patients, and all are labelled; use a smaller ratio")
        rows = self._drawer("unlabeled", stage, draw.by).take(update, draw.unlabeled)
        unlabeled, _ = MADE[draw.geometry](self.unlabeled, rows, draw.views, self.policy, next(chances))
        return Batch(labeled, masks, unlabeled)

    def _chances(self, stage: str, update: int) -> Iterator[Chance]:
        """Yield random numbers for the labelled, then the unlabelled slices; what a batch draws once is the same."""
        device = self.labeled.images.device
        slices = torch.Generator(device).manual_seed(self.seed_of("views", stage, update))
        while True:
            yield Chance(slices, torch.Generator(device).manual_seed(self.seed_of("views", stage, update, "batch")))

    def _new_drawer(self, kind: str, stage: str, by: str, foreground: float = 0.0) -> Drawer:
        pool = self.labeled if kind == "labeled" else self.unlabeled
        drawer: Drawer
        if by == "partition":
            drawer = Partition(pool.position, lambda part, epoch: self.seed_of("order", kind, stage, part, epoch))
        else:
            drawer = Shuffle(torch.arange(len(pool)), lambda epoch: self.seed_of("order", kind, stage, epoch))
        return WithForeground(drawer, self._holding(stage), foreground) if foreground else drawer

    def _holding(self, stage: str) -> list[Shuffle]:
        """Return a drawer of the labelled slices that hold a structure for each that any of them holds."""
        assert self.labeled.masks is not None
        held = slices_that_hold(self.labeled.masks).items()
        return [Shuffle(slices, partial(self._seed_of_held, stage, structure)) for structure, slices in held]

    def _seed_of_held(self, stage: str, structure: int, epoch: int) -> int:
        return self.seed_of("order", "foreground", stage, structure, epoch)


def _in_common(
    pool: Pool, rows: Tensor, views: Sequence[str], policy: Policy, chance: Chance
) -> tuple[Images, Tensor | None]:
    taken = pool.take(rows)
    made, masks = make_views(Slices(taken.images, taken.masks, taken.stretch), views, policy, chance)
    return Images(made, taken.case, taken.position), masks


def _on_their_own(
    pool: Pool, rows: Tensor, views: Sequence[str], policy: Policy, chance: Chance
) -> tuple[Images, Tensor | None]:
    taken = pool.take(rows)
    made = make_own_views(Slices(taken.images, taken.masks, taken.stretch), views, policy, chance)
    none = None if taken.masks is None else taken.masks[:0].long()
    return Images(made, taken.case, taken.position), none


MADE = {"common": _in_common, "own": _on_their_own}
"""Slices of a pool under views, and their masks where the views share a geometry."""
