"""Batches of a run: drawn by number, cut from pools on the device, augmented at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import torch
from torch import Tensor

from data.batch import Batch, Draw, Images
from data.draw import Partition, Shuffle
from data.errors import DataError
from data.pool import Pool
from data.views import Policy, make_views


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
        rng = torch.Generator(self.labeled.images.device).manual_seed(self.seed_of("views", stage, update))
        rows = self._drawer("labeled", stage, draw.by).take(update, draw.labeled)
        labeled, masks = _images(self.labeled, rows, draw.views, self.policy, rng)
        assert masks is not None
        if not draw.unlabeled:
            return Batch(labeled, masks, None)
        if not len(self.unlabeled):
            raise DataError("this method needs unlabelled patients, and all are labelled; use a smaller ratio")
        rows = self._drawer("unlabeled", stage, draw.by).take(update, draw.unlabeled)
        return Batch(labeled, masks, _images(self.unlabeled, rows, draw.views, self.policy, rng)[0])

    def _new_drawer(self, kind: str, stage: str, by: str) -> Shuffle | Partition:
        pool = self.labeled if kind == "labeled" else self.unlabeled
        if by == "partition":
            return Partition(pool.position, lambda part, epoch: self.seed_of("order", kind, stage, part, epoch))
        return Shuffle(torch.arange(len(pool)), lambda epoch: self.seed_of("order", kind, stage, epoch))


def _images(
    pool: Pool, rows: Tensor, views: Sequence[str], policy: Policy, rng: torch.Generator
) -> tuple[Images, Tensor | None]:
    rows = rows.to(pool.images.device)
    masks = None if pool.masks is None else pool.masks[rows]
    made, masks = make_views(pool.images[rows], masks, views, policy, rng)
    return Images(made, pool.case[rows], pool.position[rows]), masks
