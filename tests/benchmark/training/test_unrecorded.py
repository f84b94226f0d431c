"""What no recording can do again is not recorded: the update stays as it was, and the run says why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from benchmark.errors import PassingError, RunError
from benchmark.training.recorded import FIRST, Recorded
from benchmark.training.update import Terms, Work
from data.batch import Batch
from methods.base import Clock, Method, Stage, Trained
from tests.benchmark.training.played import (
    Played,
    assert_same,
    changed,
    recorded,
    run,
    supervised,
    works,
)


def by_progress(method: Method, batch: Batch, clock: Clock) -> Terms:
    return supervised(method, batch, 1 + clock.progress)


def by_a_clock_of_its_own(method: Method, batch: Batch, clock: Clock) -> Terms:
    return supervised(method, batch, replace(clock, total=7).progress)


def by_a_new_tensor(method: Any, batch: Batch, clock: Clock) -> Terms:
    method.seen = method.seen + 1
    return supervised(method, batch)


def by_the_wrong_clock(method: Method, batch: Batch, clock: Clock) -> Terms:
    return supervised(method, batch, clock.number(lambda at: 1 + clock.progress))


def with_hooks(method: Method) -> None:
    begin = method.begin

    def begun(stage: Stage) -> Mapping[str, Trained]:
        trained = begin(stage)
        for one in trained.values():
            one.optimizer.register_step_post_hook(lambda *_: None)
        return trained

    method.begin = begun  # type: ignore[method-assign]


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
        (changed(by_the_wrong_clock), "its step reads the clock itself, and not by Clock.number"),
        (with_hooks, "SGD takes no learning rate from a card, or has hooks or momentum of its own kind"),
        (with_a_buffer, "a step puts another tensor in the place of seen"),
        (with_extra_state, "some of the method's state is no tensor, or is kept in its own way"),
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


def test_what_differs_after_updates_were_replayed_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A branch that is taken late: nothing shows it in the first updates, and those since may be wrong."""
    monkeypatch.setattr("benchmark.training.recorded.PROVEN", frozenset({FIRST, FIRST + 1, 6}))
    (work,) = works("supervised")
    weight, replays = next(work.method.parameters()), []

    def spoiled() -> None:
        replays.append(1)
        if len(replays) > 3:
            weight.data.view(-1)[0] += 1e-3

    with pytest.raises(RunError, match=r"is another one as recorded; .* train it again with --force --eager"):
        run(recorded(work, [], spoiled=spoiled))


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
    with pytest.raises(PassingError, match="start it again with --eager"):
        run(Recorded(work, lambda _: Breaking(work), lambda words: None))
