"""Which slices pass a network together: batch norm takes its statistics over what does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

Forward = Callable[[Tensor], Tensor]


def together(forward: Forward, parts: Sequence[Tensor]) -> Sequence[Tensor]:
    """Return what comes out for each part (N, ...), all in one pass."""
    return torch.split(forward(torch.cat(list(parts))), [len(part) for part in parts])


def apart(forward: Forward, parts: Sequence[Tensor]) -> Sequence[Tensor]:
    """Return what comes out for each part (N, ...), a pass each, in their order."""
    return [forward(part) for part in parts]


PASSES: Mapping[str, Callable[[Forward, Sequence[Tensor]], Sequence[Tensor]]] = {"together": together, "apart": apart}


def unlabeled_only(labeled: Tensor, unlabeled: Tensor) -> Tensor:
    """Return the unlabelled slices."""
    return unlabeled


def everyone(labeled: Tensor, unlabeled: Tensor) -> Tensor:
    """Return all slices, labelled ones first."""
    return torch.cat([labeled, unlabeled])


SLICES: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {"unlabeled": unlabeled_only, "all": everyone}
