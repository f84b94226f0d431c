"""The rule that a twin is blind: whatever unlabelled slices there are, gradients move its predictors alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import torch
from torch import Generator, Tensor

from data.batch import Batch
from methods.asked import predictors_of, stages_of
from methods.base import Config, Method, Stage
from methods.contract.drawn import step_apart
from methods.contract.subject import SIDE, Begun, Broken, Subject, begun
from methods.contract.terms import frozen_norms
from methods.contract.toy import BUDGET, TASK, batch_for
from methods.contract.unlabelled import CLEARLY, LAST_BITS, looks

ROUNDING = 1e-6
"""Of the way that weights have gone. Twins of this repository are apart by 0, and a tenth of a term among labelled ones
takes an untrained network 1e-5 of it apart."""
OTHERS = 100  # added to an update's seed for its other unlabelled slices
DARK = 0.1  # of the grey values of these, so that even what a mean of slices does is clear

Seen = dict[str, Tensor]
Given = Callable[[Batch, Stage, int], Batch]


def blind(subject: Subject) -> None:
    """Train the twin with two sets of unlabelled slices; batch norm, which both share, keeps what it begins with."""
    if not subject.twin or subject.states("blind"):
        return
    for looked_at, values in looks(subject):
        config = subject.configure({**values, **subject.twin})
        if any(stage.draw.unlabeled for stage in stages_of(subject.build(config), BUDGET)):
            _require_blind(looked_at, config)


def _require_blind(subject: Subject, config: Config) -> None:
    first = _seen(subject, config, _as_it_is)
    start = next(first)[1]
    second = _seen(subject, config, _replaced)
    next(second)
    for (stage, one), (_, other) in zip(first, second, strict=True):
        for what in one:
            far = _apart(one[what], other[what])
            if far > ROUNDING * _apart(one[what], start[what]):
                near = _apart(one[what], _at(subject, config, stage)[what])
                if far > CLEARLY * near:
                    raise Broken(_told(subject, stage, what))


def _told(subject: Subject, stage: str, what: str) -> str:
    return (
        f"stage {stage} of the twin, at {dict(subject.twin)}, gives {what} with other unlabelled slices, by another way"
        " than a term of its own; keep them out of labelled terms and images, of memories that predictions take, and of"
        ' weights set or stepped by hand, or say why they stay in: twin_caveats = {"blind": "..."}'
    )


def _seen(subject: Subject, config: Config, given: Given) -> Iterator[tuple[str, Seen]]:
    """Yield what a twin is before its first stage and after each, trained with batches as they are given."""
    with frozen_norms():
        method = subject.build(config, seed=7)
    stages = stages_of(method, BUDGET)
    yield "", _state(method)
    for stage in stages:
        with frozen_norms():
            torch.default_generator.manual_seed(0)
            of = begun(method, stage)
            for update in range(stage.updates):
                _advance(of, update, given)
            seen = _state(method)
        yield stage.name, seen


def _at(subject: Subject, config: Config, wanted: str) -> Seen:
    """Return what a twin is after a stage where unlabelled slices differ in their last bits."""
    return next(seen for stage, seen in _seen(subject, config, _as_good_as_it_is) if stage == wanted)


def _advance(of: Begun, update: int, given: Given) -> None:
    step_apart(of, update, given(batch_for(of.stage, update, SIDE), of.stage, update))


def _as_it_is(batch: Batch, stage: Stage, update: int) -> Batch:
    return batch


def _replaced(batch: Batch, stage: Stage, update: int) -> Batch:
    other = batch_for(stage, OTHERS + update, SIDE).unlabeled
    if other is None:
        return batch
    return replace(batch, unlabeled=replace(other, views={name: DARK * view for name, view in other.views.items()}))


def _as_good_as_it_is(batch: Batch, stage: Stage, update: int) -> Batch:
    if batch.unlabeled is None:
        return batch
    rng = Generator().manual_seed(update)
    noise = {name: torch.randn(view.shape, generator=rng) for name, view in batch.unlabeled.views.items()}
    views = {name: view * (1 + LAST_BITS * noise[name]) for name, view in batch.unlabeled.views.items()}
    return replace(batch, unlabeled=replace(batch.unlabeled, views=views))


@torch.no_grad()
def _state(method: Method) -> Seen:
    """Return the weights of each predictor, and what it predicts, which takes other things that it keeps, too."""
    images = torch.rand(2, TASK.channels, SIDE, SIDE, generator=Generator().manual_seed(0))
    seen: Seen = {}
    method.eval()
    for name, predictor in predictors_of(method).items():
        torch.default_generator.manual_seed(0)
        seen[f"{name} other weights"] = _flat(predictor.parameters())
        seen[f"{name} other predictions"] = _flat([predictor(images)])
    return seen


def _flat(tensors: Iterable[Tensor]) -> Tensor:
    return torch.cat([one.double().flatten() for one in tensors])


def _apart(one: Tensor, other: Tensor) -> float:
    return float((one - other).norm())
