"""The rule about a twin's passes: that batch norm follows as much in it as in the method, and the same slices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from data.batch import Batch
from methods.asked import predictors_of, stages_of
from methods.base import Method
from methods.contract.drawn import step_apart
from methods.contract.norms import heard, norms_of
from methods.contract.subject import SIDE, Begun, Broken, Subject, begun, train
from methods.contract.terms import value, weighed
from methods.contract.toy import BUDGET, batch_for

DARK = 0.1  # of the grey values of a slice that is another one
NOBODY = -1  # the number of no slice

Followed = dict[str, dict[str, tuple[int, int]]]
"""By update in words: by predictor, how many batches its batch norms together followed, and slices in these."""


def passes(subject: Subject) -> None:
    """Compare which batches the batch norms of predictors follow in the method and in its twin, in each update."""
    if not subject.twin or subject.states("passes"):
        return
    _require_as_many(subject)
    _require_the_same(subject)


def _require_as_many(subject: Subject) -> None:
    own, control = (_followed(subject, values) for values in ({}, subject.twin))
    for update, predictors in own.items():
        for name, (batches, slices) in predictors.items():
            others, fewer = control.get(update, {}).get(name, (batches, slices))  # rule schedule tells what is missing
            if (batches, slices) != (others, fewer):
                seen = f"{name} follows {others} batches at {dict(subject.twin)}, and {batches} in the method"
                more = "" if batches != others else f", of {fewer} and {slices} slices in all"
                raise Broken(_told(f"{seen}{more}, in {update}"))


def _require_the_same(subject: Subject) -> None:
    """Raise Broken where a batch norm follows other slices in the twin, as labelled ones twice."""
    own, control = (_reached(subject, values) for values in ({}, subject.twin))
    for where, slices in own.items():
        others = control.get(where, slices)
        if slices != others:
            seen = f"{where} follows {_some(others)} at {dict(subject.twin)}, and {_some(slices)} in the method"
            raise Broken(_told(seen))


def _some(slices: Sequence[int]) -> str:
    return f"unlabelled slices {', '.join(map(str, slices))}" if slices else "no unlabelled slice"


def _told(seen: str) -> str:
    return (
        f"{seen}, so that more than a term tells them apart; a pass whose term weighs nothing is made all the same, or"
        ' its statistics are never followed (methods.parts.passes.unfollowed), or say why: twin_caveats = {"passes":'
        ' "..."}'
    )


def _followed(subject: Subject, values: Mapping[str, Any]) -> Followed:
    """Return what each update of the toy schedule has batch norms follow."""
    method, found = subject.build(subject.configure(values)), Followed()
    for stage in stages_of(method, BUDGET):
        first = begun(method, stage)
        for update in range(stage.updates):
            with _watched() as (batches, slices):
                train(first, [update])
            parts = {name: norms_of(network) for name, network in predictors_of(method).items()}
            found[f"update {update + 1} of stage {stage.name}"] = {
                name: (sum(batches[one] for one in mine.values()), sum(slices[one] for one in mine.values()))
                for name, mine in parts.items()
            }
    return found


@contextmanager
def _watched() -> Iterator[tuple[Counter[nn.Module], Counter[nn.Module]]]:
    """Count, by batch norm, batches that it follows, and slices (or rows) in these; a copy of counters is none."""
    batches, slices = Counter[nn.Module](), Counter[nn.Module]()

    def note(norm: _BatchNorm, images: Tensor) -> None:
        if norm.training and norm.track_running_stats:
            batches[norm] += 1
            slices[norm] += len(images)

    with heard(note):
        yield batches, slices


def _reached(subject: Subject, values: Mapping[str, Any]) -> Mapping[str, Sequence[int]]:
    """Return which unlabelled slices, from 1, statistics of a predictor hang on at the end of a stage, by both's names.

    No term weighs anything meanwhile, so that none reaches them through weights.
    """
    numbers = range(BUDGET.unlabeled)
    plain = _statistics(subject, values, NOBODY)
    changed = [_statistics(subject, values, number) for number in numbers]
    return {
        where: [number + 1 for number in numbers if not _is_same(changed[number].get(where, []), one)]
        for where, one in plain.items()
    }


def _is_same(one: Sequence[Tensor], other: Sequence[Tensor]) -> bool:
    return len(one) == len(other) and all(map(torch.equal, one, other))


def _statistics(subject: Subject, values: Mapping[str, Any], number: int) -> Mapping[str, Sequence[Tensor]]:
    """Return the statistics of each predictor after first and last updates of each stage, where a slice is another."""
    method = subject.build(subject.configure(values), seed=7)
    found: dict[str, Sequence[Tensor]] = {}
    for stage in stages_of(method, BUDGET):
        torch.default_generator.manual_seed(0)
        first = begun(method, stage)
        with weighed(lambda _, __, terms: {name: (0.0, value(term)) for name, term in terms.items()}):
            for update in sorted({0, stage.updates - 1}):
                _look(first, update, number)
        found |= {f"{name}, in stage {stage.name},": kept for name, kept in _kept(method).items()}
    return found


def _look(of: Begun, update: int, number: int) -> None:
    """Make an update, in which one unlabelled slice, by its number, is dark."""
    step_apart(of, update, _darkened(batch_for(of.stage, update, SIDE), number))


def _darkened(batch: Batch, number: int) -> Batch:
    if batch.unlabeled is None or number == NOBODY:
        return batch
    dark = torch.ones(len(batch.unlabeled), 1, 1, 1)
    dark[number : number + 1] = DARK
    views = {name: view * dark for name, view in batch.unlabeled.views.items()}
    return replace(batch, unlabeled=replace(batch.unlabeled, views=views))


def _kept(method: Method) -> Mapping[str, Sequence[Tensor]]:
    """Return the statistics that the batch norms of each predictor keep."""
    return {
        name: [part.clone() for norm in norms_of(network).values() for part in norm.buffers()]
        for name, network in predictors_of(method).items()
    }
