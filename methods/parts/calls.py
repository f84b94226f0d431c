"""Groups of slices that a network sees in one call, or each in a call of its own: batch norm sees what a call sees."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor


def together(network: Callable[[Tensor], Tensor], groups: Sequence[Tensor]) -> Sequence[Tensor]:
    """Return a network's output of each group (N, 1, H, W), from one call on all of them."""
    return torch.split(network(torch.cat(list(groups))), [len(group) for group in groups])


def apart(network: Callable[[Tensor], Tensor], groups: Sequence[Tensor]) -> Sequence[Tensor]:
    """Return a network's output of each group (N, 1, H, W), from a call each, in their order."""
    return [network(group) for group in groups]


CALLS: Mapping[str, Callable[[Callable[[Tensor], Tensor], Sequence[Tensor]], Sequence[Tensor]]] = {
    "together": together,
    "apart": apart,
}
