"""Rules about repetition: what the same seeds give, and what a run that was cut off goes on with."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import torch

from methods.asked import stages_of
from methods.base import Method, Stage
from methods.contract.subject import Begun, Broken, Subject, begun, copies, is_same, train
from methods.contract.toy import BUDGET
from methods.contract.unlabelled import active

RELY = (
    "what an update changes must be a weight, a buffer or a submodule, and begin() may rely on nothing else, nor on an"
    " earlier stage's begin()"
)


def other_seed(subject: Subject) -> None:
    """Compare the initial weights of two seeds."""
    one, two = (subject.build(seed=seed).parameters() for seed in (1, 2))
    if all(torch.equal(first, second) for first, second in zip(one, two, strict=True)):
        raise Broken("seeds 1 and 2 begin with the same weights; make networks by networks.segmenter(), unseeded")


def same_seed(subject: Subject) -> None:
    """Train twice by the same seeds."""
    states = []
    for _ in range(2):
        method = subject.build(seed=3)
        for stage in stages_of(method, BUDGET):
            train(begun(method, stage), range(stage.updates))
        states.append(method.state_dict())
    other = [name for name in states[0] if not is_same(states[0][name], states[1][name])]
    if other:
        raise Broken(
            f"{_some(other)} came out otherwise the second time; draw by clock.draw or clock.rng, from no other source"
        )


def resumes(subject: Subject) -> None:
    """Train straight through, and beside it each stage on fresh methods, from what a run saves after an update."""
    for active_too in (False, True):  # what is active begins later stages alone, which the first time looks at
        config = subject.configure(active(subject) if active_too else {})
        straight = subject.build(config, seed=5)
        for stage in stages_of(straight, BUDGET):
            saved = _saved(straight, stage)
            for done, (values, optimizers) in saved.items():
                fresh = subject.build(config, seed=5)
                stages_of(fresh, BUDGET)  # which a run asks for before it goes on
                _same(straight, _gone_on(fresh, stage, done, values, optimizers), stage, done)


Values = dict[str, Any]


def _saved(method: Method, stage: Stage) -> Mapping[int, tuple[Values, Mapping[str, Values]]]:
    """Train a stage and return what a run saves of it after its first update, and before its last, by updates done."""
    first, done, saved = _seeded(method, stage), 0, {}
    for cut in sorted({1, max(1, stage.updates - 1)}):
        train(first, range(done, cut))
        states = {name: copy.deepcopy(one.optimizer.state_dict()) for name, one in first.trained.items()}
        saved[cut], done = (copies(method), states), cut
    train(first, range(done, stage.updates))
    return saved


def _gone_on(fresh: Method, stage: Stage, done: int, saved: Values, optimizers: Mapping[str, Values]) -> Method:
    """Return a fresh method that went on with a stage from what was saved; Broken where it can't."""
    lost: list[str] = []
    try:
        again = _seeded(fresh, stage)
        lost = sorted(saved.keys() ^ fresh.state_dict().keys())
        fresh.load_state_dict(saved)
        for name, one in again.trained.items():
            one.optimizer.load_state_dict(optimizers[name])
        lost = []
        train(again, range(done, stage.updates))
    except Exception as error:  # whatever a stranger's method lacks
        said = f"{_some(lost)} is lost or left over" if lost else f"{type(error).__name__}: {_line(error)}"
        raise Broken(
            f"in stage {stage.name}, {said} as another process goes on from {_update(done)}; {RELY}"
        ) from error
    return fresh


def _same(straight: Method, fresh: Method, stage: Stage, done: int) -> None:
    """Raise Broken where a method that went on came out otherwise than the one that was not cut off."""
    left, right = straight.state_dict(), fresh.state_dict()
    other = [name for name in left if name not in right or not is_same(left[name], right[name])]
    if other:
        words = f"{_some(other)} came out otherwise after going on from {_update(done)}"
        raise Broken(f"in stage {stage.name}, {words}; {RELY}")


def _update(done: int) -> str:
    return "the first update" if done == 1 else f"update {done}"


def _seeded(method: Method, stage: Stage) -> Begun:
    """Begin a stage with the same random numbers each time, as runs do."""
    torch.manual_seed(0)
    return begun(method, stage)


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or "no reason given"


def _some(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
