"""What trains a cell, put together from its values: method, settings, budget and trainer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import nn

from benchmark.cells.augmentation import POLICIES
from benchmark.cells.cell import Cell
from benchmark.cells.seeding import seed
from benchmark.environment.device import precision_on
from benchmark.running.options import Options
from benchmark.training.control import ControlHistory
from benchmark.training.history import History
from benchmark.training.inside import Inside
from benchmark.training.pools import Pools
from benchmark.training.snapshots import Snapshots
from benchmark.training.trainer import Settings, Trainer
from benchmark.training.validation import mean_dice
from data.batches import Batches
from data.source import Source
from data.task import Task
from methods.base import Method

Kept = tuple[Snapshots, Snapshots]
"""Where a training keeps what a look inside needs, and where its points."""


def settings_of(cell: Cell, options: Options) -> Settings:
    """Return how the cell's loop runs."""
    schedule, seed_of = cell.schedule, partial(seed, cell.seed_of("train"), "train")
    precision = precision_on(options.device, schedule.precision)
    log, every, seconds = _log_of(cell), options.log_every, options.save_seconds
    how = {"eager": options.eager, "recompute": options.recompute}
    return Settings(options.device, precision, schedule.validations, seed_of, every, seconds, log, **how)


def _log_of(cell: Cell) -> Callable[..., History]:
    """Return what makes the log of a run, of a twin one that knows which terms may count."""
    if not cell.twin:
        return History
    return partial(ControlHistory, labeled=tuple(cell.registered().cls.labeled_terms))


def method_of(cell: Cell, task: Task, device: torch.device) -> Method:
    """Return the cell's method on a device, its networks initialised from the cell's seed."""
    initial = seed(cell.seed_of("init"), "init")
    config, weights = cell.method_config(), cell.weights
    built = cell.registered().build(task, cell.built_backbone, config, weights=weights, seed=initial)
    method = built.to(device)
    return method.to(memory_format=torch.channels_last) if cell.schedule.channels_last else method


def trainer_of(cell: Cell, source: Source, method: Method, settings: Settings, kept: Kept | None = None) -> Trainer:
    """Return the loop over the cell's batches; kept: where snapshots and points go, if anywhere.

    A training that keeps nothing is not looked into; one without unlabelled patients is on its labelled ones.
    """
    pools = Pools(cell, source, settings.device)
    validation, policy = pools.validation(), POLICIES[cell.schedule.augmentation]
    seed_of = partial(seed, cell.seed_of("data"), "data")
    labeled, unlabeled = pools.labeled(), pools.unlabeled()
    batches = Batches(labeled, unlabeled, policy, seed_of)
    inside = Inside((unlabeled if len(unlabeled) else labeled).images) if kept else None

    def validate(predictor: nn.Module) -> float:
        return mean_dice(predictor, validation, source.task.classes, settings.autocast())

    snapshots, points = kept or (None, None)
    return Trainer(method, batches, validate if len(validation) else None, settings, snapshots, points, inside)
