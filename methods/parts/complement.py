"""Learning from what a pixel is least likely to be."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from methods.parts.cross_entropy import mean


def nothing(weak: Tensor, strong: Tensor) -> Tensor:
    """Return 0."""
    return strong.new_zeros(())


def against_least_likely(weak: Tensor, strong: Tensor) -> Tensor:
    """Return cross-entropy of 1 - p, taken as logits, to the least likely classes, as the released code has it.

    weak, strong: probabilities (N, classes, H, W). Weighted twice by how unevenly the classes lie over the slices.
    """
    return unevenness(strong).square() * mean(1 - strong, weak.argmin(1))


def unevenness(predicted: Tensor) -> Tensor:
    """Return one minus the entropy of a class over a slice's pixels, in shares of the greatest; mean over both.

    predicted: probabilities (N, classes, H, W).
    """
    places = predicted.flatten(2)
    places = places / places.sum(2, keepdim=True)
    spread = -torch.special.xlogy(places, places).sum(2) / math.log(places.shape[2])
    uneven: Tensor = (1 - spread).mean()
    return uneven


COMPLEMENTS: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {"free": nothing, "avoided": against_least_likely}
