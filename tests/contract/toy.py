"""A task small enough for seconds, with every class present."""

import torch

from data.batch import Batch, Draw, Images
from data.task import Task
from methods.base import Budget, Clock, Stage

TASK = Task("toy", ("RV", "Myo", "LV"))
BUDGET = Budget(updates=8, per_stage=False, labeled=2, unlabeled=2)
SIZE = 64


def images(count: int, draw: Draw, rng: torch.Generator, side: int = SIZE) -> Images:
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
    return Clock(update, stage.updates, torch.Generator().manual_seed(update))
