"""Losses over some of the pixels."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from data.task import IGNORED
from methods.parts.labels import one_hot
from methods.parts.precision import full
from methods.parts.supervised import DICE_SMOOTH


def counted_dice(logits: Tensor, classes: Tensor, counted: Tensor, smooth: float = DICE_SMOOTH) -> Tensor:
    """Return the Dice loss of all methods over the counted pixels; 0 where none counts.

    logits: (N, classes, H, W). classes: (N, H, W) int64; pixels that are IGNORED do not count. counted: 0/1 or bool,
    (N, H, W) or broadcast to it. smooth: what is added above and below.
    """
    probabilities = full(logits).softmax(1)
    weight = _labeled(classes, counted).unsqueeze(1).to(probabilities.dtype)
    reference = one_hot(classes, logits.shape[1]).to(probabilities.dtype)
    space = (0, 2, 3)
    overlap = (weight * probabilities * reference).sum(space)
    size = (weight * probabilities.square()).sum(space) + (weight * reference).sum(space)
    return 1 - ((2 * overlap + smooth) / (size + smooth)).mean()


def counted_cross_entropy(logits: Tensor, classes: Tensor, counted: Tensor) -> Tensor:
    """Return the mean cross-entropy of the counted pixels; 0 where none counts. Shapes as in ``counted_dice``."""
    losses = functional.cross_entropy(full(logits), classes, ignore_index=IGNORED, reduction="none")
    weight = _labeled(classes, counted).to(losses.dtype).expand_as(losses)
    return (losses * weight).sum() / weight.sum().clamp_min(1)


def masked_cross_entropy(logits: Tensor, classes: Tensor, counted: Tensor) -> Tensor:
    """Return the cross-entropy of the counted pixels over the number of all, so that few count little."""
    losses = functional.cross_entropy(full(logits), classes, reduction="none")
    return (losses * counted.to(losses.dtype)).mean()


def _labeled(classes: Tensor, counted: Tensor) -> Tensor:
    return counted * (classes != IGNORED)
