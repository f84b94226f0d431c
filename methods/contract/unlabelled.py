"""The rule about unlabelled slices: that each term of them teaches the reported networks, and by more than rounding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from data.batch import Images
from methods.asked import stages_of
from methods.base import Config, Method
from methods.contract.lowered import lowered
from methods.contract.subject import SIDE, Broken, Subject, begun, predicting, train
from methods.contract.terms import NAMED, SURE, frozen_norms, noted, value, weighed
from methods.contract.toy import BUDGET, batch_for, clock
from methods.errors import MethodUsageError
from methods.parts.descend import Term

LAST_BITS = 1e-6  # a share of a grey value that slices are changed by, some last bits of it
CLEARLY = 10.0  # times; terms of this repository's methods move 100 to 1e6 times as far
ROUNDING = 1e-5  # of a gradient's norm; rounding alone had 1e-10 to 1.5e-6, and chaotic terms (VAT) 1e-4
NOTHING = "move nothing"
SLICES = ((0, 0.0), (0, LAST_BITS), (1, 0.0))
"""Unlabelled slices: one set, the same but for last bits, and another set."""


def unlabelled(subject: Subject) -> None:
    """Give other unlabelled slices: each term of them alone must pull elsewhere, in every stage that draws any."""
    entry = subject.entry
    drawing = _drawing(subject, subject.configure(sure(subject)))
    if bool(drawing) != entry.needs_unlabeled:
        draws = "draws" if drawing else "draws no"
        raise Broken(f"it {draws} unlabelled slices, and @method says needs_unlabeled={entry.needs_unlabeled}")
    for index, name in drawing:
        terms = _terms(subject.build(subject.configure(sure(subject)), seed=7), index)
        if not terms:
            raise Broken(f"stage {name} draws unlabelled slices, and descend(...) is given no term of them")
        for term in terms:
            said, _ = _told(subject, index, term)
            if said:
                words = f"other unlabelled slices {said} by the term {term.split(' ', 1)[1]} of stage {name}"
                raise Broken(f"{words}; where it is of labelled slices, {NAMED}")


def sure(subject: Subject) -> Mapping[str, Any]:
    """Return what lets pixels be sure at once and weights be grown, of the fields that a method has and lets be so."""
    values: dict[str, Any] = {}
    for name, at in SURE.items():
        if name in subject.entry.cls.Config.model_fields:
            with suppress(MethodUsageError):  # beyond the bounds that a stranger gave a field of this name
                subject.configure({**values, name: at})
                values[name] = at
    return values


def looks(subject: Subject) -> Iterator[tuple[Subject, Mapping[str, Any]]]:
    """Yield a method as it is, then where all that waits acts: on sure networks, at values at which terms count.

    These are found once the first was looked at: that begins later stages alone, which may be what is broken.
    """
    yield subject, {}
    yield subject.confident(), active(subject)


def active(subject: Subject) -> Mapping[str, Any]:
    """Return values at which unlabelled terms count in networks that are sure, so that other rules see what they do."""
    if "active" not in subject.found:
        subject.found["active"] = _active(subject)
    return dict(subject.found["active"])


def _active(subject: Subject) -> Mapping[str, Any]:
    values = dict(sure(subject))
    for index, _ in _drawing(subject, subject.configure(values)):
        for term in _terms(subject.build(subject.configure(values), seed=7), index):
            values |= _told(subject, index, term)[1]
    return values


def _drawing(subject: Subject, config: Config) -> list[tuple[int, str]]:
    stages = stages_of(subject.build(config, seed=7), BUDGET)
    return [(index, stage.name) for index, stage in enumerate(stages) if stage.draw.unlabeled]


def _told(subject: Subject, index: int, term: str) -> tuple[str, Mapping[str, Any]]:
    """Return what other unlabelled slices fail to do by a term, empty where they move the weights; and at which values.

    Where nothing is moved, a threshold may be why, of its Config or written out in its step, so networks are tried that
    are sure of many pixels; or a length or a start that it calls by a name of its own, so each number is tried on these
    at 0, and at 1, or as far as its bounds let it.
    """
    values = sure(subject)
    said = _wrong(subject, subject.configure(values), index, term)
    if said != NOTHING:
        return said, values
    confident = subject.confident()
    with suppress(Exception):  # of networks that nobody trained, and of values that nobody asked for
        if not _wrong(confident, subject.configure(values), index, term):
            return "", values
    for name, other in lowered(subject.entry.cls.Config):
        if name not in values:
            with suppress(Exception):
                tried = {**values, name: other}
                if not _wrong(confident, subject.configure(tried), index, term):
                    return "", tried
    return said, values


def _wrong(subject: Subject, config: Config, index: int, term: str) -> str:
    """Return what other unlabelled slices fail to do by a term; empty where they move the weights.

    Looked at in the first update of a stage, and where that says nothing, in its last after one was made: by then
    weights that grow have grown, and a teacher is no copy any more.
    """
    said = ""
    for late in (False, True):
        with frozen_norms():  # which a network is as sure with as it is asked to be
            methods = [subject.build(config, seed=7) for _ in SLICES]
        one, again, other = (_pull(*of, index, term, late) for of in zip(methods, SLICES, strict=True))
        if one is None or again is None or other is None:
            return "don't all have it; weigh it with 0 instead, which is"
        said = _said(one, again, other)
        if not said:
            break
    return said


def _said(one: Tensor, again: Tensor, other: Tensor) -> str:
    """Return what other slices fail to do to a gradient; empty where they change it.

    A gradient that is rounding alone (of a prediction held against itself) is small, and another one for slices that
    differ in their last bits, too; one that is not hardly changes with these.
    """
    far, near = float((other - one).norm()), float((again - one).norm())
    if far == 0:
        return NOTHING
    return "" if far > CLEARLY * near or far > ROUNDING else f"{NOTHING} but last bits"


def _terms(method: Method, index: int) -> list[str]:
    """Return the terms of a stage's first update that move a predictor and are of unlabelled slices."""
    stage, found = stages_of(method, BUDGET)[index], list[str]()
    begun(method, stage)
    with noted({id(weight) for weight in predicting(method)}, method.labeled_terms, found):
        method.step(batch_for(stage, 0, SIDE), clock(0, stage))
    return found


def _pull(method: Method, slices: tuple[int, float], index: int, term: str, late: bool) -> Tensor | None:
    """Return the gradient that a term alone has at the predictors' weights its optimiser moves, in 64 bits.

    None where the update has no such term. late: whether it is the stage's last update, after its first. slices: which
    of two sets of unlabelled ones, and the share by which their grey values are changed.
    """
    other, off = slices
    stage, mine, found = stages_of(method, BUDGET)[index], predicting(method), list[Tensor]()

    def weigh(call: str, optimizer: Optimizer, terms: Mapping[str, Term]) -> Mapping[str, Term]:
        moved = {id(weight) for group in optimizer.param_groups for weight in group["params"]}
        weights = [weight for weight in mine if id(weight) in moved and weight.requires_grad]
        found.extend(_gradient(one, weights) for name, one in terms.items() if f"{call} {name}" == term)
        return {name: (0.0, value(one)) for name, one in terms.items()}

    first = begun(method, stage)
    if late:
        train(first, range(1))
    batch, replaced = (batch_for(stage, seed, SIDE) for seed in (0, 10 + other))
    assert replaced.unlabeled is not None
    torch.default_generator.manual_seed(0)
    with frozen_norms(), weighed(weigh):
        now = clock(stage.updates - 1 if late else 0, stage)
        method.step(replace(batch, unlabeled=_changed(replaced.unlabeled, off)), now)
    return torch.cat(found) if found else None


def _gradient(term: Term, weights: list[Tensor]) -> Tensor:
    weight = term[0] if isinstance(term, tuple) else 1.0
    if not weights or not value(term).requires_grad:
        return torch.zeros(sum(one.numel() for one in weights), dtype=torch.float64)
    found = torch.autograd.grad(weight * value(term), weights, retain_graph=True, allow_unused=True)
    parts = [torch.zeros_like(one) if part is None else part for one, part in zip(weights, found, strict=True)]
    return torch.cat([part.double().flatten() for part in parts])


def _changed(images: Images, off: float) -> Images:
    rng = torch.Generator().manual_seed(0)
    views = {name: view * (1 + off * torch.randn(view.shape, generator=rng)) for name, view in images.views.items()}
    return replace(images, views=views)
