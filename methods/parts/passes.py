"""Which slices pass a network together: batch norm takes its statistics over what does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

Forward = Callable[[Tensor], Tensor]


def together(forward: Forward, parts: Sequence[Tensor]) -> Sequence[Tensor]:
    """Return what comes out for each part (N, ...), all in one pass."""
    return torch.split(forward(torch.cat(list(parts))), [len(part) for part in parts])


def apart(forward: Forward, parts: Sequence[Tensor]) -> Sequence[Tensor]:
    """Return what comes out for each part (N, ...), a pass each, in their order."""
    return [forward(part) for part in parts]


PASSES: Mapping[str, Callable[[Forward, Sequence[Tensor]], Sequence[Tensor]]] = {"together": together, "apart": apart}


Divide = Callable[[Tensor], tuple[Tensor, Tensor]]


def divided_after(forward: Forward, items: Tensor, divide: Divide) -> tuple[Tensor, Tensor]:
    """Return both parts of what comes out for all items (N, ...) in one pass."""
    return divide(forward(items))


def divided_before(forward: Forward, items: Tensor, divide: Divide) -> tuple[Tensor, Tensor]:
    """Return what comes out for either part of the items (N, ...), a pass each."""
    first, second = divide(items)
    return forward(first), forward(second)


DIVIDED: Mapping[str, Callable[[Forward, Tensor, Divide], tuple[Tensor, Tensor]]] = {
    "together": divided_after,
    "apart": divided_before,
}


def unlabeled_only(labeled: Tensor, unlabeled: Tensor) -> Tensor:
    """Return the unlabelled slices."""
    return unlabeled


def everyone(labeled: Tensor, unlabeled: Tensor) -> Tensor:
    """Return all slices, labelled ones first."""
    return torch.cat([labeled, unlabeled])


SLICES: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {"unlabeled": unlabeled_only, "all": everyone}


@contextmanager
def unfollowed(network: nn.Module) -> Iterator[None]:
    """Let batch norm take the statistics of what passes, and keep none of them."""
    norms = [part for part in network.modules() if isinstance(part, _BatchNorm) and part.track_running_stats]
    for norm in norms:
        norm.track_running_stats = False
    try:
        yield
    finally:
        for norm in norms:
            norm.track_running_stats = True
