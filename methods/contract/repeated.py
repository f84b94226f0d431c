"""Rules about repetition: what the same seeds give, and what a run that was cut off goes on with."""

from __future__ import annotations

import copy

import torch

from methods.asked import begin, stages_of
from methods.base import Method, Stage
from methods.contract.subject import Broken, Subject, begun, copies, train
from methods.contract.toy import BUDGET
from methods.contract.unlabelled import active


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
            train(begun(method, stage), stage, range(stage.updates))
        states.append(method.state_dict())
    other = [name for name in states[0] if not torch.equal(states[0][name], states[1][name])]
    if other:
        raise Broken(
            f"{_some(other)} came out otherwise the second time; draw by clock.draw or clock.rng, from no other source"
        )


def resumes(subject: Subject) -> None:
    """Train straight through, and beside it from a copy made after the first update of each stage."""
    for values in ({}, active(subject)):
        _same(*(subject.build(subject.configure(values), seed=5) for _ in ("straight", "resumed")))


def _same(straight: Method, resumed: Method) -> None:
    """Raise Broken where a method that goes on comes out otherwise."""
    for stage in stages_of(straight, BUDGET):
        _gone_on(straight, resumed, stage)
        left, right = straight.state_dict(), resumed.state_dict()
        other = [name for name in left if not torch.equal(left[name], right[name])]
        if other:
            raise Broken(
                f"in stage {stage.name}, {_some(other)} came out otherwise after going on from the first update; what"
                " an update changes must be a weight, a buffer or a submodule, and begin() may rely on nothing else"
            )


def _gone_on(straight: Method, resumed: Method, stage: Stage) -> None:
    straight.train()
    trained = begin(straight, stage)
    train(straight, stage, range(1))
    saved = copies(straight)
    optimizers = {name: copy.deepcopy(one.optimizer.state_dict()) for name, one in trained.items()}
    train(straight, stage, range(1, stage.updates))
    resumed.train()
    again = begin(resumed, stage)
    resumed.load_state_dict(saved)
    for name, one in again.items():
        one.optimizer.load_state_dict(optimizers[name])
    train(resumed, stage, range(1, stage.updates))


def _some(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
