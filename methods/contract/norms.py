"""Rules about batch norm: which batches it follows in training, and what statistics predictions are normalised by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from methods.asked import predictors_of, stages_of
from methods.base import Method
from methods.contract.subject import SIDE, Broken, Subject, begun, train
from methods.contract.toy import BUDGET, TASK

Followed = dict[str, dict[str, tuple[int, int]]]
"""By update in words: by predictor, how many batches its batch norms together followed, and slices in these."""


def passes(subject: Subject) -> None:
    """Compare which batches the batch norms of predictors follow in the method and in its twin, in each update."""
    if not subject.twin or subject.states("passes"):
        return
    own, control = (_followed(subject, values) for values in ({}, subject.twin))
    for update, predictors in own.items():
        for name, (batches, slices) in predictors.items():
            others, fewer = control.get(update, {}).get(name, (batches, slices))  # rule schedule tells what is missing
            if (batches, slices) != (others, fewer):
                seen = f"{name} follows {others} batches at {dict(subject.twin)}, and {batches} in the method"
                more = "" if batches != others else f", of {fewer} and {slices} slices in all"
                raise Broken(_told(f"{seen}{more}, in {update}"))


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
            parts = {name: _norms(network) for name, network in predictors_of(method).items()}
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

    with _heard(note):
        yield batches, slices


@contextmanager
def _heard(note: Callable[[_BatchNorm, Tensor], None]) -> Iterator[None]:
    """Tell of each batch norm and what it is given, before it normalises that."""
    plain = _BatchNorm.forward

    def forward(self: _BatchNorm, images: Tensor) -> Tensor:
        note(self, images)
        return plain(self, images)

    with patch.object(_BatchNorm, "forward", forward):
        yield


def norms(subject: Subject) -> None:
    """Train the whole toy schedule, and look for predictors that normalise by what batch norm began with."""
    method = subject.build()
    parts = {name: _norms(network) for name, network in predictors_of(method).items()}
    before = {one: _statistics(one) for mine in parts.values() for one in mine.values()}
    weights = {name: _weights(network) for name, network in predictors_of(method).items()}
    taken = _trained(method)
    for name, network in predictors_of(method).items():
        pairs = zip(weights.get(name, []), _weights(network), strict=False)
        if all(torch.equal(*pair) for pair in pairs):
            continue  # of one that is copied from another now and then, nobody knows yet
        used = _used(method, network)
        still = {part: one for part, one in _norms(network).items() if one in used and _is_as_before(one, before)}
        by_batch = [part for part, one in still.items() if one in taken]
        if by_batch:
            raise Broken(_by_batch(name, by_batch[0]))
        if still and len(still) == len(used):
            raise Broken(_by_nothing(name))


def _by_batch(name: str, part: str) -> str:
    return (
        f"batch norm {part} of {name} normalises by each batch in training and keeps no statistics of it, so that"
        f" predictions are normalised by those that it began with; let it follow (momentum above 0){COPIED}"
    )


def _by_nothing(name: str) -> str:
    return (
        f"no batch norm of {name} has followed anything in training, so that predictions are normalised by what they"
        f" began with; leave it in train() where it learns, after an eval() for pseudo-labels too{COPIED}"
    )


COPIED = ", and let a network that averages another one take its statistics as well (methods.parts.teacher.follow)"


def _trained(method: Method) -> set[nn.Module]:
    """Train all stages; return the batch norms that took statistics of a batch at hand."""
    taken = set[nn.Module]()

    def note(norm: _BatchNorm, _: Tensor) -> None:
        if norm.training:
            taken.add(norm)

    with _heard(note):
        for stage in stages_of(method, BUDGET):
            train(begun(method, stage), range(stage.updates))
    return taken


@torch.no_grad()
def _used(method: Method, network: nn.Module) -> set[nn.Module]:
    """Return the batch norms that a prediction is normalised by, with statistics that they keep."""
    used = set[nn.Module]()

    def note(norm: _BatchNorm, _: Tensor) -> None:
        if not norm.training and norm.running_mean is not None:
            used.add(norm)

    method.eval()
    with _heard(note):
        network(torch.zeros(1, TASK.channels, SIDE, SIDE))
    return used


def _norms(network: nn.Module) -> dict[str, _BatchNorm]:
    return {name: part for name, part in network.named_modules() if isinstance(part, _BatchNorm)}


def _statistics(norm: _BatchNorm) -> list[Tensor]:
    return [one.clone() for one in (norm.running_mean, norm.running_var) if one is not None]


def _weights(network: nn.Module) -> list[Tensor]:
    return [one.detach().clone() for one in network.parameters()]


def _is_as_before(norm: _BatchNorm, before: Mapping[_BatchNorm, list[Tensor]]) -> bool:
    """Return whether a batch norm has the statistics that it was made with: mean 0, as no trained one has."""
    first = before.get(norm)
    if not first or bool(first[0].any()):
        return False
    return all(torch.equal(*pair) for pair in zip(first, _statistics(norm), strict=True))
