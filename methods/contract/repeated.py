"""Rules about repetition: what the same seeds give, and what a run that was cut off goes on with."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Mapping
from typing import Any

import torch

from methods.asked import stages_of
from methods.base import Method, Stage
from methods.contract.anew import anew
from methods.contract.predicted import predicted, require_loadable
from methods.contract.subject import Begun, Broken, Subject, begun, copies, is_same, train
from methods.contract.toy import BUDGET
from methods.contract.unlabelled import looks

RELY = (
    "what an update changes must be a weight, a buffer or a submodule, and begin() may rely on nothing else, nor on an"
    " earlier stage's begin()"
)

ONCE = (
    "what is drawn once a process, and kept in a cache, a module or a class, is another in the next one: draw it in"
    " __init__ by torch and keep it as a buffer, or by clock.draw where it is used"
)
Values = dict[str, Any]


def other_seed(subject: Subject) -> None:
    """Compare the initial weights of two seeds."""
    one, two = (subject.build(seed=seed).parameters() for seed in (1, 2))
    if all(torch.equal(first, second) for first, second in zip(one, two, strict=True)):
        raise Broken("seeds 1 and 2 begin with the same weights; make networks by networks.segmenter(), unseeded")


def same_seed(subject: Subject) -> None:
    """Train twice by the same seeds, as two processes do: after another seed's run, and on modules that ran just now.

    So what is drawn once a process, and kept in a cache, a module or a class, is drawn at two places.
    """
    with anew(subject, 1) as used:
        _touch(used)
        first = _ended(used)
    with anew(subject, 2) as fresh:
        second = _ended(fresh)
        other = _other(first, second)
        if other and not _other(second, _ended(fresh)):
            raise Broken(f"{_some(other)} came out otherwise in a process that had trained before; {ONCE}")
    if other:
        words = "draw by clock.draw or clock.rng, from no other source"
        raise Broken(f"{_some(other)} came out otherwise the second time; {words}")


def _touch(subject: Subject) -> None:
    """Make the last update of each stage by another seed, so that what is drawn once is drawn there."""
    method = subject.build(seed=4)
    for stage in stages_of(method, BUDGET):
        train(_seeded(method, stage), (stage.updates - 1,))


def _ended(subject: Subject) -> Values:
    """Train all stages and return what the method saves; extra state, which may be of any kind, as it is written."""
    method = subject.build(seed=3)
    for stage in stages_of(method, BUDGET):
        train(_seeded(method, stage), range(stage.updates))
    saved: Mapping[str, Any] = method.state_dict()
    return {name: one if isinstance(one, torch.Tensor) else pickle.dumps(one) for name, one in saved.items()}


def _other(left: Values, right: Values) -> list[str]:
    """Return the names of what is not the same in both."""
    names = dict.fromkeys((*left, *right))
    return [name for name in names if not (name in left and name in right and is_same(left[name], right[name]))]


def resumes(subject: Subject) -> None:
    """Train straight through, and beside it each stage on fresh methods, from what a run saves after an update.

    What is compared is what they save and what they predict, at last also by saved weights in a network built anew.
    """
    for looked_at, values in looks(subject):
        config = subject.configure(values)
        straight = looked_at.build(config, seed=5)
        for stage in stages_of(straight, BUDGET):
            saved, shown = _saved(straight, stage), predicted(straight)
            for done, (values, optimizers) in saved.items():
                fresh = looked_at.build(config, seed=5)
                stages_of(fresh, BUDGET)  # which a run asks for before it goes on
                again = _gone_on(fresh, stage, done, values, optimizers)
                _same(straight, again, stage, done)
                _predict_alike(shown, predicted(again), stage, done)
        require_loadable(straight, looked_at.build(config, seed=5))


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
    other = _other(straight.state_dict(), fresh.state_dict())
    if other:
        words = f"{_some(other)} came out otherwise after going on from {_update(done)}"
        raise Broken(f"in stage {stage.name}, {words}; {RELY}")


def _predict_alike(straight: Values, again: Values, stage: Stage, done: int) -> None:
    """Raise Broken where predictors give something else, which of equal states lies in what is no part of them."""
    other = _other(straight, again)
    if other:
        words = f"{_some(other)} predicts otherwise after going on from {_update(done)}, by what no state_dict holds"
        raise Broken(f"in stage {stage.name}, {words}; {RELY}")


def _update(done: int) -> str:
    return "the first update" if done == 1 else f"update {done}"


def _seeded(method: Method, stage: Stage) -> Begun:
    """Begin a stage with the same random numbers each time, as runs do."""
    torch.default_generator.manual_seed(0)
    return begun(method, stage)


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or "no reason given"


def _some(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
