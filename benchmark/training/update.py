"""One update: seeds, learning rates, a batch, the method's step, and the average that a selection rule follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from benchmark.training.selection import Selection
from data.batch import Batch
from data.batches import Batches
from methods.asked import predictors_of, set_rates, step
from methods.base import Clock, Method, Stage, Trained

Terms = Mapping[str, Tensor | float]


@dataclass(frozen=True)
class Work:
    """What updates of a stage are made of. seed_of: names of a dimension -> seed; autocast: of the run's precision."""

    method: Method
    stage: Stage
    trained: Mapping[str, Trained]
    selection: Selection | None
    batches: Batches
    seed_of: Callable[..., int]
    autocast: Callable[[], torch.autocast]
    device: torch.device

    def batch(self, update: int) -> Batch:
        """Return the batch of an update."""
        return self.batches.at(self.stage.name, update, self.stage.draw)

    def seeded(self, update: int, rng: torch.Generator) -> torch.Generator:
        """Seed torch's global numbers, which dropout draws from, and the update's own."""
        return seeded(self.seed_of, "step", self.stage.name, update, rng)

    def step(self, batch: Batch, clock: Clock) -> Terms:
        """Let the method make its update and the average follow."""
        with self.autocast():
            terms = step(self.method, self.stage, self.trained, batch, clock)
        if self.selection is not None:
            self.selection.follow(first_of(self.method))
        return {name: value.detach() if isinstance(value, Tensor) else value for name, value in terms.items()}


class Updates:
    """Makes the updates of a stage one after the other."""

    def __init__(self, work: Work) -> None:
        self.work = work

    def make(self, update: int) -> Terms:
        """Make an update and return its terms."""
        work = self.work
        clock = Clock(update, work.stage.updates, work.seeded(update, torch.Generator(work.device)))
        set_rates(work.trained, clock)
        return work.step(work.batch(update), clock)


def seeded(seed_of: Callable[..., int], kind: str, stage: str, update: int, rng: torch.Generator) -> torch.Generator:
    """Seed torch's global numbers and a generator with those of a moment of a stage; return the generator."""
    torch.manual_seed(seed_of("global", kind, stage, update))
    return rng.manual_seed(seed_of(kind, stage, update))


def first_of(method: Method) -> nn.Module:
    """Return the predictor that is reported."""
    return next(iter(predictors_of(method).values()))
