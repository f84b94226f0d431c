"""Losses over what was pasted, and halves of a batch to paste into each other."""

from __future__ import annotations

import torch
from torch import Tensor

from methods.parts.counted import counted_cross_entropy, counted_dice
from methods.parts.supervised import DICE_SMOOTH

Halves = tuple[Tensor, Tensor]


def region_loss(logits: Tensor, classes: Tensor, inside: Tensor, smooth: float = DICE_SMOOTH) -> Tensor:
    """Return half the sum of cross-entropy and Dice loss over a region (1, H, W); smooth: of Dice."""
    counted = inside.expand_as(classes)
    return 0.5 * (counted_cross_entropy(logits, classes, counted) + counted_dice(logits, classes, counted, smooth))


def halves(items: Tensor, count: int) -> Halves:
    """Return ``count`` items from the first and from the middle on; where there are too few, some again."""
    place = torch.arange(count, device=items.device)
    first, second = place % len(items), (place + len(items) // 2) % len(items)
    return items.index_select(0, first), items.index_select(0, second)
