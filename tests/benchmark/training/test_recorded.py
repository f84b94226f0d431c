"""Recorded updates leave the numbers of those that are launched kernel by kernel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import torch
from torch import nn

from benchmark.training.recording import Numbers, UnrecordableError, Watched
from benchmark.training.update import Terms, Updates
from data.batch import Batch
from methods import registry
from methods.base import Clock, Stage, Trained
from tests.benchmark.training.played import (
    ADAM,
    assert_same,
    changed,
    recorded,
    run,
    supervised,
    works,
)
from tests.benchmark.training.test_trainer import CPU

pytestmark = pytest.mark.usefixtures("thin")
WAVERING = {"ctct"}  # some processors' products for its transformer differ in the last bits within one process


@pytest.mark.parametrize(
    ("name", "fidelity"),
    [*((n, "fixed") for n in sorted(set(registry.entries()) - ADAM)), ("mean_teacher", "official"), ("uamt", "paper")],
)
def test_recorded_updates_are_those_that_are_not(name: str, fidelity: str) -> None:
    said: list[str] = []
    for mine, other in zip(works(name, fidelity), works(name, fidelity), strict=True):
        replayed = recorded(mine, said)
        assert_same(run(replayed), run(recorded(other, said, graph=False)))
        assert replayed.replays or name in WAVERING
    assert said == [] or name in WAVERING


@pytest.mark.parametrize("name", ["mean_teacher", "action", "uamt", "mcnet"])
def test_numbers_that_lie_on_the_device_are_the_hosts(name: str) -> None:
    for mine, other in zip(works(name), works(name), strict=True):
        (terms, _), (usual, _) = run(recorded(mine, [])), run(Updates(other))
        for one, two in zip(terms, usual, strict=True):
            assert {k: float(v) for k, v in one.items()} == pytest.approx(
                {k: float(v) for k, v in two.items()}, rel=1e-3
            )


@pytest.mark.parametrize("graph", [True, False])
def test_a_weight_that_learns_later_than_others_learns(graph: bool) -> None:
    """Fused SGD makes the momentum of all weights at once, or none."""

    def later(method: Any, batch: Batch, clock: Clock) -> Terms:
        return supervised(method, batch, 1.0 + (method.late.sum() if method.seen[0] else 0.0))

    def change(method: Any) -> None:
        method.late, method.seen = nn.Parameter(torch.ones(2)), [False]
        changed(later)(method)

    ends = []
    for made in (lambda work: recorded(work, [], graph=graph), Updates):
        (work,) = works("supervised", change=change)  # which trains all of the method's weights
        updates = made(work)
        updates.make(0)
        method: Any = work.method
        method.seen[0] = True
        updates.make(1)
        ends.append(method.late.detach().clone())
    assert not torch.equal(ends[0], torch.ones(2))
    torch.testing.assert_close(ends[0], ends[1])


def test_as_many_learning_rates_as_there_are_groups() -> None:
    def change(method: Any) -> None:
        begin = method.begin

        def begun(stage: Stage) -> Mapping[str, Trained]:
            trained = begin(stage)
            for one in trained.values():
                (group,) = one.optimizer.param_groups
                one.optimizer.param_groups[:] = [{**group, "params": [weight]} for weight in group["params"]]
            return trained  # type: ignore[no-any-return]

        method.begin = begun

    said: list[str] = []
    (mine,), (other,) = works("supervised", change=change), works("supervised", change=change)
    assert len(mine.trained["network"].optimizer.param_groups) > 64
    assert_same(run(recorded(mine, said)), run(recorded(other, [], graph=False)))
    assert said == []


def test_numbers_are_read_at_each_update() -> None:
    numbers, rng = Numbers(CPU), torch.Generator()
    rate = numbers.rate(0.1, lambda clock: 1 - clock.progress)
    watched = Watched(10, rng, numbers.place)
    grown, later = watched.number(lambda at: at.progress), watched.ahead(3).ahead(2).number(lambda at: at.update)
    for update in (0, 4):
        numbers.fill(Clock(update, 10, rng))
        assert [float(rate), float(grown), float(later)] == pytest.approx(
            [0.1 * (1 - update / 10), update / 10, update + 5]
        )


def test_more_numbers_than_there_are_places_are_refused() -> None:
    numbers = Numbers(CPU)
    for _ in range(64):
        numbers.place(lambda clock: 1.0)
    with pytest.raises(UnrecordableError, match="more than 64 numbers"):
        numbers.place(lambda clock: 1.0)
