"""Recorded updates: the numbers of those that are launched kernel by kernel, or none are recorded and the run says why.

A card's graph is played by one that computes a step anew from what its recording read, and undoes that recording.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from benchmark.errors import RunError
from benchmark.training.recorded import Recorded, copied, put, state_of
from benchmark.training.recording import Make, Numbers, UnrecordableError, Watched
from benchmark.training.selection import Selection
from benchmark.training.update import Terms, Updates, Work, first_of
from data.batch import Batch
from methods import registry
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


@pytest.mark.parametrize(
    ("name", "fidelity"),
    [*((n, "fixed") for n in sorted(set(registry.entries()) - ADAM)), ("mean_teacher", "official"), ("uamt", "paper")],
)
def test_recorded_updates_are_those_that_are_not(name: str, fidelity: str) -> None:
    said: list[str] = []
    for mine, other in zip(works(name, fidelity), works(name, fidelity), strict=True):
        assert_same(run(recorded(mine, said)), run(recorded(other, said, graph=False)))
    assert said == []


@pytest.mark.parametrize("name", ["mean_teacher", "action", "uamt", "mcnet"])
def test_numbers_that_lie_on_the_device_are_the_hosts(name: str) -> None:
    for mine, other in zip(works(name), works(name), strict=True):
        (terms, _), (usual, _) = run(recorded(mine, [])), run(Updates(other))
        for one, two in zip(terms, usual, strict=True):
            assert {k: float(v) for k, v in one.items()} == pytest.approx(
                {k: float(v) for k, v in two.items()}, rel=1e-3
            )


def changed(step: Callable[[Method, Batch, Clock], Terms]) -> Callable[[Method], None]:
    return lambda method: setattr(method, "step", lambda batch, clock: step(method, batch, clock))


def supervised(method: Any, batch: Batch, weight: float | Tensor = 1.0) -> Terms:
    images = batch.labeled.views["weak"]
    return descend(method.optimizer, supervised=(weight, method.network(images).float().square().mean()))


def by_progress(method: Method, batch: Batch, clock: Clock) -> Terms:
    return supervised(method, batch, 1 + clock.progress)


def by_a_clock_of_its_own(method: Method, batch: Batch, clock: Clock) -> Terms:
    return supervised(method, batch, replace(clock, total=7).progress)


def by_a_new_tensor(method: Any, batch: Batch, clock: Clock) -> Terms:
    method.seen = method.seen + 1
    return supervised(method, batch)


def with_a_buffer(method: Method) -> None:
    method.register_buffer("seen", torch.zeros(()))
    changed(by_a_new_tensor)(method)


class Kept(nn.Module):
    def get_extra_state(self) -> int:
        return 1

    def set_extra_state(self, state: int) -> None:
        pass


def with_extra_state(method: Method) -> None:
    method.kept = Kept()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (changed(by_progress), "its step reads the clock itself, and not by Clock.number"),
        (changed(by_a_clock_of_its_own), "its step reads the clock itself, and not by Clock.number"),
        (with_a_buffer, "a step puts another tensor in the place of seen"),
        (with_extra_state, "some of the method's state is no tensor"),
    ],
)
def test_what_a_recording_can_not_do_again_is_not_recorded(change: Callable[[Method], None], why: str) -> None:
    said: list[str] = []
    (mine,), (other,) = works("supervised", change=change), works("supervised", change=change)
    assert_same(run(recorded(mine, said)), run(recorded(other, [], graph=False)))
    assert said == [f"train: each kernel of an update is launched by itself, since {why}"]


@pytest.mark.parametrize("late", [False, True])
def test_a_recording_that_leaves_other_bits_is_dropped(late: bool) -> None:
    """late: at its second replay only, as one that froze what changes from update to update."""
    said: list[str] = []
    (mine,), (other,) = works("supervised"), works("supervised")
    weight, replays = next(mine.method.parameters()), []

    def spoiled() -> None:
        replays.append(1)
        if len(replays) > late:
            weight.data.view(-1)[0] += 1e-3

    assert_same(run(recorded(mine, said, spoiled=spoiled)), run(recorded(other, [], graph=False)))
    assert len(said) == 1
    assert said[0].endswith("is another one as recorded")
    assert [torch.equal(p.grad, q.grad) for p, q in _gradients(mine, other)] == [True] * len(_gradients(mine, other))


def _gradients(mine: Work, other: Work) -> list[tuple[Any, Any]]:
    return list(zip(mine.method.parameters(), other.method.parameters(), strict=True))


def test_a_recording_that_fails_leaves_the_update_as_it_was() -> None:
    class Failing(Played):
        def record(self, run: Callable[[], Tensor]) -> Tensor:
            run()
            raise RuntimeError("CUDA out of memory\nmore of it")

    said: list[str] = []
    (mine,), (other,) = works("mean_teacher"), works("mean_teacher")
    assert_same(run(Recorded(mine, lambda _: Failing(mine), said.append)), run(recorded(other, [], graph=False)))
    assert said == ["train: each kernel of an update is launched by itself, since CUDA out of memory"]


def test_a_recording_that_breaks_the_card_says_how_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    class Breaking(Played):
        def record(self, run: Callable[[], Tensor]) -> Tensor:
            raise RuntimeError("CUDA error: operation failed due to a previous error during capture")

    (work,) = works("supervised")
    monkeypatch.setattr("benchmark.training.recorded.draws", lambda device: False)
    with pytest.raises(RunError, match="start the run again with --eager"):
        run(Recorded(work, lambda _: Breaking(work), lambda words: None))


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
