"""A card's graph, played by one that computes a step anew from what its recording read, and undoes that recording."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from benchmark.training.recorded import Recorded, copied, put, state_of
from benchmark.training.recording import Make, Numbers
from benchmark.training.selection import Selection
from benchmark.training.update import Terms, Updates, Work, first_of
from data.batch import Batch
from methods.base import Clock, Method
from methods.parts.descend import descend
from tests.benchmark.training.test_trainer import CPU, trainer

UPDATES = 8
ADAM = {"gcl", "scs", "dan"}  # whose learning rate lies on a card or nowhere


class Played:
    """A graph that computes anew; spoiled: what a replay changes beside."""

    def __init__(self, work: Work, spoiled: Callable[[], None] = lambda: None) -> None:
        self.work, self.spoiled = work, spoiled

    def record(self, run: Callable[[], Tensor]) -> Tensor:
        before, place = copied(state_of(self.work)), Numbers.place
        self.places: list[Tensor] = []

        def placed(numbers: Numbers, make: Make) -> Tensor:
            self.places.append(place(numbers, make))
            return self.places[-1]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Numbers, "place", placed)
            self.run, self.row = run, run().clone()
        put(state_of(self.work), before)
        self.row.zero_()
        return self.row

    def replay(self) -> None:
        places = iter(self.places)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Numbers, "place", lambda *_: next(places))
            self.row.copy_(self.run())
        self.spoiled()


def works(name: str, fidelity: str = "fixed", change: Callable[[Method], None] = lambda method: None) -> Any:
    """Yield what the updates of each stage of a method are made of, begun."""
    made, stages = trainer(name, fidelity=fidelity)
    change(made.method)
    settings = replace(made.settings, precision="fp32")
    for stage in (replace(one, updates=UPDATES) for one in stages):
        torch.manual_seed(0)
        made.method.train()
        trained = made.method.begin(stage)
        for one in trained.values():
            for group in one.optimizer.param_groups:
                group["initial_lr"] = group["lr"]
        selection, autocast = Selection(first_of(made.method)), settings.autocast
        yield Work(made.method, stage, trained, selection, made.batches, settings.seed_of, autocast, CPU)


Run = tuple[list[dict[str, Tensor]], Mapping[str, Tensor]]


def run(updates: Updates) -> Run:
    terms = [{k: torch.as_tensor(v).clone() for k, v in updates.make(u).items()} for u in range(UPDATES)]
    return terms, copied(state_of(updates.work))


def assert_same(one: Run, other: Run) -> None:
    for mine, theirs in zip([*one[0], one[1]], [*other[0], other[1]], strict=True):
        assert mine.keys() == theirs.keys()
        assert [name for name in mine if not torch.equal(mine[name], theirs[name])] == []


def recorded(work: Work, said: list[str], graph: bool = True, spoiled: Callable[[], None] = lambda: None) -> Recorded:
    made = Recorded(work, (lambda _: Played(work, spoiled)) if graph else None, said.append)
    made._numbers._places.fill_(1)  # a card computes nothing from them before they are filled
    return made


def changed(step: Callable[[Method, Batch, Clock], Terms]) -> Callable[[Method], None]:
    return lambda method: setattr(method, "step", lambda batch, clock: step(method, batch, clock))


def supervised(method: Any, batch: Batch, weight: float | Tensor = 1.0) -> Terms:
    images = batch.labeled.views["weak"]
    return descend(method.optimizer, supervised=(weight, method.network(images).float().square().mean()))
