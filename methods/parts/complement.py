"""Learning from what a pixel is least likely to be."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn import functional


def nothing(weak: Tensor, strong: Tensor) -> Tensor:
    """Return 0."""
    return strong.new_zeros(())


def against_least_likely(weak: Tensor, strong: Tensor) -> Tensor:
    """Return cross-entropy of 1 - p, taken as logits, to the least likely classes, as the released code has it.

    weak, strong: probabilities (N, classes, H, W). Weighted twice by how unevenly the classes lie over the slices.
    """
    places = strong.flatten(2)
    places = places / places.sum(2, keepdim=True)
    spread = -torch.special.xlogy(places, places).sum(2) / math.log(places.shape[2])
    uneven: Tensor = (1 - spread).mean()
    return uneven.square() * functional.cross_entropy(1 - strong, weak.argmin(1))


COMPLEMENTS: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {"free": nothing, "avoided": against_least_likely}
