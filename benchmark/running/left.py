"""How many weights a run keeps: when it is done, and beside them while it trains."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import nn

from benchmark.cells.cell import Cell
from benchmark.running.assembly import method_of
from benchmark.training.selection import RULES
from benchmark.training.snapshots import LOOKS, POINTS, inspected_parts
from data.task import Task
from methods.asked import inspected_of, predictors_of


def weights_kept(cell: Cell, task: Task) -> tuple[int, int]:
    """Return the weights in a finished run's checkpoint, and those beside them at most while it trains.

    The first predictor is kept by every rule, and each by its last weights. In training there are a checkpoint of the
    method, its optimisers and the rules, written anew beside the old one, and the weights that are kept for a look.
    """
    own = cell.model_copy(update={"weights": None})  # pretrained ones are as many, and need not be fetched
    method = method_of(own, task, torch.device("cpu"))
    predictors, inspected = list(predictors_of(method).values()), inspected_of(method)
    first = _count(predictors[:1])
    points = min(POINTS, cell.schedule.validations) * first
    looks = (
        0 if inspected is None else min(LOOKS, cell.schedule.validations) * _count(inspected_parts(inspected).values())
    )
    going = 2 * _count([method]) + len(RULES) * first
    return len(RULES) * first + _count(predictors), points + looks + 2 * going


def _count(modules: Iterable[nn.Module]) -> int:
    return sum(value.numel() for module in modules for value in module.state_dict().values())
