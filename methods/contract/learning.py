"""Rules about training: what moves, what is logged, and on which tasks and networks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from data.batch import Batch
from data.task import IGNORED
from methods.asked import stages_of, step
from methods.base import Method
from methods.contract.subject import SIDE, Broken, Subject, begun, train
from methods.contract.terms import NAMED
from methods.contract.toy import BUDGET, SIZE, TASK, TASKS, batch_for, batch_of, clock
from methods.contract.unlabelled import looks
from methods.errors import MethodError

SMALLEST = 64  # of slices that backbones of others don't average to one value
NEGLIGIBLE = 1e-6
ROUNDING = 1e-6  # of a share of terms, in single precision


def trains(subject: Subject) -> None:
    """Train two updates of each stage, on networks as they are made, and on ones that are sure."""
    method = subject.build()
    for stage in stages_of(method, BUDGET):
        before = [weight.detach().clone() for weight in method.parameters()]
        first = begun(method, stage)
        logged = train(first, range(2))
        for values in logged:
            _require_finite(values, f"stage {stage.name}")
        if all(torch.equal(weight, other) for weight, other in zip(method.parameters(), before, strict=True)):
            raise Broken(f"no weight moved in two updates of stage {stage.name}")
        at = clock(stage.updates - 1, stage)
        late = step(method, stage, first.trained, batch_for(stage, 0, SIDE), at)  # of the first update's slices
        _require_alike(logged[0], late, stage.name)
    _require_finite_when_sure(subject.confident())


def _require_finite_when_sure(subject: Subject) -> None:
    """Raise Broken where a term is not finite on networks that are sure, as trained ones are; log(1 - 1) is not."""
    method = subject.build()
    for stage in stages_of(method, BUDGET):
        where = f"stage {stage.name}, once a network is sure of pixels, to a probability of 1,"
        try:
            logged = train(begun(method, stage), range(2))
        except MethodError as error:
            raise Broken(f"{where} fails: {error}") from error
        for values in logged:
            _require_finite(values, where)


def batch_left_alone(subject: Subject) -> None:
    """Compare a batch before and after a step."""
    method = subject.build()
    for stage in stages_of(method, BUDGET):
        begun(method, stage)
        batch, as_it_came = batch_for(stage, 0, SIDE), _tensors(batch_for(stage, 0, SIDE))
        torch.default_generator.manual_seed(0)
        method.step(batch, clock(0, stage))
        changed = [name for name, tensor in _tensors(batch).items() if not torch.equal(tensor, as_it_came[name])]
        if changed:
            raise Broken(f"stage {stage.name} changed {changed[0]} in place; work on a copy (tensor.clone())")


def moves_the_reported(subject: Subject) -> None:
    """Train the last stage and look at the first predictor."""
    method = subject.build()
    stage = stages_of(method, BUDGET)[-1]
    first = begun(method, stage)
    name, network = next(iter(method.predictors().items()))
    weights = [weight.clone() for weight in network.parameters()]
    train(first, range(stage.updates))  # all of them: a teacher may move now and then
    after = list(next(iter(method.predictors().values())).parameters())
    if all(torch.equal(one, other) for one, other in zip(weights, after, strict=True)):
        raise Broken(
            f"{name}, the first of predictors(), is as it was after {stage.updates} updates of stage {stage.name}"
        )


def twin(subject: Subject) -> None:
    """Train at the values of the twin."""
    entry = subject.entry
    if bool(subject.twin) != entry.needs_unlabeled:
        words = "names no twin" if entry.needs_unlabeled else "names a twin, and learns from labels only"
        raise Broken(f"{entry.cls.__name__} {words} (class attribute twin), so --twin can't be run")
    for looked_at, values in looks(subject):
        silent(looked_at, values)


def silent(subject: Subject, values: Mapping[str, Any]) -> None:
    """Raise Broken where anything but labelled terms counts in the twin. values: of its other constants."""
    method = subject.build(subject.configure({**values, **subject.twin}))
    for stage in stages_of(method, BUDGET):
        labeled = method.labeled_terms
        seen = more_than_supervised(train(begun(method, stage), range(2)), labeled)
        if seen is not None:
            told = f"total {seen.get('total')} and {' + '.join(labeled)} {sum(seen.get(name, 0.0) for name in labeled)}"
            hint = "descend(...) names both" if seen.keys() & set(labeled) else NAMED
            raise Broken(f"stage {stage.name} has {told} at {dict(subject.twin)}; {hint}")


def more_than_supervised(
    logged: Sequence[Mapping[str, float]], labeled: Sequence[str] = Method.labeled_terms
) -> Mapping[str, float] | None:
    """Return the first of a stage's updates in which more than the labelled terms counts; None where they are alone.

    They may have a weight: the total is as many times their sum as in the first update, and 0 without it. The log of a
    twin's run asks the same (``benchmark.training.control``), and neither may import the other; a test compares them.
    """
    first: float | None = None
    for terms in logged:
        total, supervised = terms.get("total", math.nan), sum(terms.get(name, 0.0) for name in labeled)
        if supervised == 0:
            alone = total == 0
        else:
            first = total / supervised if first is None else first
            alone = abs(total / supervised - first) <= ROUNDING * abs(first)
        if not alone:
            return terms
    return None


def fidelities(subject: Subject) -> None:
    """Train an update of each stage under each fidelity, on larger slices where it refuses the smallest."""
    for fidelity in subject.entry.cls.fidelities:
        try:
            _one_update_each(subject, fidelity, SIDE)
        except MethodError:
            _one_update_each(subject, fidelity, SIZE)


def _one_update_each(subject: Subject, fidelity: str, side: int) -> None:
    method = subject.build(subject.configure({}, fidelity))
    for stage in stages_of(method, BUDGET):
        (values,) = train(begun(method, stage), range(1), side)
        _require_finite(values, f"stage {stage.name} under fidelity {fidelity}")


def tasks(subject: Subject) -> None:
    """Train an update of each stage on tasks of other structures, channels and masks."""
    for kind, task in TASKS.items():
        method = subject.build(task=task)
        for stage in stages_of(method, BUDGET):
            begun(method, stage)
            torch.default_generator.manual_seed(0)
            values = method.step(batch_of(task, stage, 0), clock(0, stage))
            told = {name: torch.as_tensor(value).item() for name, value in values.items()}
            _require_finite(told, f"stage {stage.name} on the task of {kind}")
        for name, predictor in method.eval().predictors().items():
            shape = tuple(predictor(torch.zeros(1, task.channels, SIZE, SIZE)).shape)
            if shape != (1, task.classes, SIZE, SIZE):
                raise Broken(f"{name} gives {shape} on the task of {kind}, expected {(1, task.classes, SIZE, SIZE)}")


def ignored(subject: Subject) -> None:
    """Take a step on masks in which nobody labelled anything."""
    task = TASKS["partial"]
    method = subject.build(task=task)
    stage = stages_of(method, BUDGET)[-1]
    begun(method, stage)
    torch.default_generator.manual_seed(0)
    batch = batch_of(task, stage, 0)
    values = method.step(replace(batch, masks=torch.full_like(batch.masks, IGNORED)), clock(0, stage))
    for name in method.labeled_terms:
        term = torch.as_tensor(values.get(name, 0.0)).item()
        if not abs(term) <= NEGLIGIBLE:
            raise Broken(f"the {name} term is {term} where no pixel is labelled; leave out masks == {IGNORED}")
    if stage.draw.labeled and not values.keys() & set(method.labeled_terms):
        raise Broken(f"stage {stage.name} logs no term called {' or '.join(method.labeled_terms)}; {NAMED}")


def backbones(subject: Subject) -> None:
    """Train an update of each stage on another network."""
    trained_on(subject, "resnet18")


def trained_on(subject: Subject, backbone: str) -> None:
    """Train an update of each stage on a backbone by its name."""
    method = subject.build(backbone=backbone)
    for stage in stages_of(method, BUDGET):
        train(begun(method, stage), range(1), SMALLEST)
    images = torch.zeros(1, 1, SMALLEST, SMALLEST)
    shape = next(iter(method.eval().predictors().values()))(images).shape
    if shape[1] != TASK.classes:
        raise Broken(f"on {backbone} the first predictor gives {tuple(shape)}, expected {TASK.classes} classes")


def _require_finite(values: dict[str, float], where: str) -> None:
    if not values:
        raise Broken(f"{where} logs no term; return what descend(...) returns")
    wrong = [f"{name} = {value}" for name, value in values.items() if not math.isfinite(value)]
    if wrong:
        raise Broken(f"{where} logs {wrong[0]}")


def _require_alike(first: Mapping[str, object], last: Mapping[str, object], stage: str) -> None:
    """Raise Broken where a stage's first update and its last log other terms of the same slices."""
    other = sorted(first.keys() ^ last.keys())
    if other:
        words = f"stage {stage} logs {other[0]!r} in some updates and not in others"
        raise Broken(f"{words}; log it in each, as 0 where it does not count")


def _tensors(batch: Batch) -> dict[str, Tensor]:
    parts = {"labelled": batch.labeled, **({} if batch.unlabeled is None else {"unlabelled": batch.unlabeled})}
    found = {f"the {part} view {name}": view for part, of in parts.items() for name, view in of.views.items()}
    return {"masks": batch.masks, **found}
