"""Whose pixels CutMix pastes, and what these are taken for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor, nn

from methods.parts.certainty import settled

Foreseen = Callable[[Tensor], Tensor]
"""A batch's own probabilities (N, classes, H, W) -> its partners'."""


def next_ones(images: Tensor) -> tuple[Tensor, Tensor]:
    """Return the images (N, ...) and, for each, the next one of the batch."""
    return images, images.roll(-1, 0)


def other_ones(images: Tensor) -> tuple[Tensor, Tensor]:
    """Return the first half of the images (2 N, ...), and the second as their partners."""
    first, second = images.chunk(2)
    return first, second


def rolled(network: nn.Module, partners: Tensor) -> Foreseen:
    """Take the partners' probabilities from the batch's own."""
    return lambda own: own.roll(-1, 0)


def predicted(network: nn.Module, partners: Tensor) -> Foreseen:
    """Predict the partners (N, C, H, W) now and in evaluation mode; the network is in training mode after it."""
    found = settled(network, partners)
    return lambda own: found


@dataclass(frozen=True)
class Partner:
    """How many slices a batch holds for each that learns, how they are told apart, and who predicts the partners."""

    slices: int
    split: Callable[[Tensor], tuple[Tensor, Tensor]]
    foresee: Callable[[nn.Module, Tensor], Foreseen]


PARTNERS: Mapping[str, Partner] = {"next": Partner(1, next_ones, rolled), "other": Partner(2, other_ones, predicted)}
