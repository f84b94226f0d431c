"""Three updates of a method beside the released code's, and a network's outputs beside the released ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from data.batch import Batch
from methods.base import Budget, Clock, Method, Stage
from tests.methods.golden.conftest import Compare
from tests.methods.golden.released import (
    START,
    TOTAL,
    Array,
    Given,
    Watched,
    batch,
    load,
    match,
    start,
    step,
    update_of,
)


def begun(method: Method, labeled: int = 4, unlabeled: int = 4) -> Stage:
    """Begin a method's first stage at the released schedule; the slices are those of an update."""
    stage = method.stages(Budget(TOTAL, True, labeled, unlabeled))[0]
    start(method, stage)
    return stage


def weak(number: int) -> Batch:
    """Return an update's batch of 4 + 4 slices under the one view that most methods have."""
    return batch(4, 4, number, {"weak": None})


def no_draws(number: int, there: Mapping[str, Array]) -> Mapping[str, Any]:
    """Return what a step that draws nothing is given."""
    return {}


@dataclass(frozen=True)
class Replay:
    """A method that has begun, and the file that its first three updates are compared with.

    terms: its loss terms, by the file's names of them. watched: its modules, by the file's. rated: the optimisers
    whose rate the file has, None for all. batches, draws: what each update sees, and is given to draw.
    """

    name: str
    file: str
    method: Method
    watched: Mapping[str, Watched]
    terms: Mapping[str, str]
    rated: Sequence[str] | None = None
    first: int = START
    batches: Callable[[int], Batch] = weak
    draws: Callable[[int, Mapping[str, Array]], Mapping[str, Any]] = field(default=no_draws)

    def updates(self, compare: Compare) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Array], Clock]]:
        """Make and compare each update; yield its terms, what the file has of it, and its clock."""
        for number in range(3):
            there = update_of(self.file, f"u{number}")
            clock = Given(self.first + number, **self.draws(number, there))
            terms = step(self.method, self.batches(number), clock, fresh=number == 0)
            trained = self.method.trained  # type: ignore[attr-defined]
            for optimizer in (trained[name].optimizer for name in self.rated or trained):
                compare(self.name, "rate", optimizer.param_groups[0]["lr"], there["lr"])
            for mine, theirs in self.terms.items():
                compare(self.name, "loss", terms[mine], there[f"loss/{theirs}"])
            yield terms, there, clock
            match(compare, self.name, self.watched, there)

    def compared(self, compare: Compare) -> None:
        """Make and compare all updates, and what the unlabelled term weighs in each."""
        for _, there, clock in self.updates(compare):
            weight = self.method.weight(clock)  # type: ignore[operator]
            compare(self.name, "weight", weight, there["loss/weight"])


def outputs_match(compare: Compare, row: tuple[str, str], logits: Tensor, prefix: str) -> None:
    """Compare logits (N, classes, H, W) with those under a prefix of unet.npz. row: method and part of PARITY.md."""
    there, found = update_of("unet", prefix), logits.detach()
    compare(*row, found[tuple(torch.as_tensor(np.asarray(load("unet")["positions"])).T)], there["at"])
    compare(*row, found.square().sum((0, 2, 3)).sqrt(), there["norm_per_class"])
    compare(*row, found.mean((2, 3)), there["mean_per_slice_and_class"])
