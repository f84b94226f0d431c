"""A task small enough for seconds, with every class present."""

from __future__ import annotations

from dataclasses import replace

import torch

from data.batch import Batch, Draw, Images
from data.task import IGNORED, Task
from methods.base import Budget, Clock, Stage

TASK = Task("toy", ("RV", "Myo", "LV"))
BUDGET = Budget(updates=8, per_stage=False, labeled=2, unlabeled=2)
SIZE = 64


def images(count: int, draw: Draw, rng: torch.Generator, side: int = SIZE) -> Images:
    """Return noise in every view that is drawn, each slice of a case of its own."""
    views = {name: torch.rand(count, 1, side, side, generator=rng) for name in draw.views}
    return Images(views, torch.arange(count), torch.linspace(0, 1, max(count, 1))[:count])


def batch_for(stage: Stage, seed: int = 0, side: int = SIZE) -> Batch:
    """Return blocks of every class under noise, so that each class is present."""
    rng = torch.Generator().manual_seed(seed)
    draw = stage.draw
    labeled = images(draw.labeled, draw, rng, side)
    rows = torch.arange(side).div(side // 4, rounding_mode="floor")
    masks = rows.view(1, -1, 1).expand(draw.labeled, side, side).contiguous()
    return Batch(labeled, masks, images(draw.unlabeled, draw, rng, side) if draw.unlabeled else None)


def clock(update: int, stage: Stage) -> Clock:
    """Return the clock of an update, with random numbers of its own."""
    return Clock(update, stage.updates, torch.Generator().manual_seed(update))


TASKS = {
    "one structure": Task("toy", ("liver",)),
    "many structures": Task("toy", tuple(f"part {number}" for number in range(1, 20))),
    "two channels": Task("toy", ("RV", "Myo", "LV"), channels=2),
    "partial": Task("toy", ("RV", "Myo", "LV"), partial=True),
    "single slices": Task("toy", ("liver", "lesion"), planar=True),
}
"""Tasks unlike ACDC's: one structure or many, two channels, pixels nobody labelled, single slices."""


def batch_of(task: Task, stage: Stage, seed: int) -> Batch:
    """Return a batch in which every class is, and of a partial task the lower half of each mask is nobody's."""
    batch = batch_for(stage, seed)
    rows = torch.arange(SIZE).mul(task.classes).div(SIZE, rounding_mode="floor")
    masks = rows.view(1, -1, 1).expand(len(batch.masks), SIZE, SIZE).clone()
    if task.partial:
        masks[:, SIZE // 2 :] = IGNORED
    labeled = _of_task(batch.labeled, task)
    return Batch(labeled, masks, None if batch.unlabeled is None else _of_task(batch.unlabeled, task))


def _of_task(images: Images, task: Task) -> Images:
    """Return images with a task's channels; those of a set of single slices are each a volume, at its middle."""
    images = _widened(images, task.channels)
    if not task.planar:
        return images
    return replace(images, case=torch.arange(len(images.case)), position=torch.full_like(images.position, 0.5))


def _widened(images: Images, channels: int) -> Images:
    views = {name: torch.cat([view, *[1 - view] * (channels - 1)], 1) for name, view in images.views.items()}
    return replace(images, views=views)
