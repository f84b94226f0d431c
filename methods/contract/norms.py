"""The rule about batch norm: that predictions are normalised by statistics that followed training."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.module import register_module_forward_pre_hook

from methods.asked import predictors_of, stages_of
from methods.base import Method
from methods.contract.subject import SIDE, Broken, Subject, begun, train
from methods.contract.toy import BUDGET, TASK


def norms(subject: Subject) -> None:
    """Train the whole toy schedule, and look for predictors that normalise by what batch norm began with."""
    method = subject.build()
    parts = {name: norms_of(network) for name, network in predictors_of(method).items()}
    before = {one: _statistics(one) for mine in parts.values() for one in mine.values()}
    weights = {name: _weights(network) for name, network in predictors_of(method).items()}
    taken = _trained(method)
    for name, network in predictors_of(method).items():
        pairs = zip(weights.get(name, []), _weights(network), strict=False)
        if all(torch.equal(*pair) for pair in pairs):
            continue  # of one that is copied from another now and then, nobody knows yet
        used = _used(method, network)
        still = {part: one for part, one in norms_of(network).items() if one in used and _is_as_before(one, before)}
        by_batch = [part for part, one in still.items() if one in taken]
        if by_batch:
            raise Broken(_by_batch(name, by_batch[0]))
        if still and len(still) == len(used):
            raise Broken(_by_nothing(name))


@contextmanager
def heard(note: Callable[[_BatchNorm, Tensor], None]) -> Iterator[None]:
    """Tell of each batch norm and what it is given, before it normalises that; of other libraries' too."""

    def hook(module: nn.Module, given: tuple[Any, ...]) -> None:
        if isinstance(module, _BatchNorm):
            note(module, given[0])

    handle = register_module_forward_pre_hook(hook)
    try:
        yield
    finally:
        handle.remove()


def norms_of(network: nn.Module) -> dict[str, _BatchNorm]:
    """Return the batch norms of a network by name."""
    return {name: part for name, part in network.named_modules() if isinstance(part, _BatchNorm)}


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

    with heard(note):
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
    with heard(note):
        network(torch.zeros(1, TASK.channels, SIDE, SIDE))
    return used


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
