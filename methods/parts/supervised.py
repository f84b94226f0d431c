"""The supervised loss of all methods."""

from collections.abc import Callable, Mapping
from functools import partial

import torch
from torch import Tensor

from data.task import IGNORED
from methods.parts.cross_entropy import total
from methods.parts.labels import one_hot
from methods.parts.precision import full

DICE_SMOOTH = 1e-5  # SSL4MIS utils/losses.py, class DiceLoss @06df604
LEAST_SMOOTH = 1e-10  # MC-Net utils/losses.py @3253f74; SS-Net utils/losses.py @8b3ec97


def segmentation_loss(logits: Tensor, masks: Tensor) -> Tensor:
    """Return half the sum of cross-entropy and Dice loss.

    logits: (N, classes, H, W). masks: (N, H, W) int64; pixels that are IGNORED do not count. SSL4MIS, every
    train_*_2D.py @06df604: 0.5 * (CE + Dice).
    """
    return 0.5 * (cross_entropy(logits, masks) + dice_loss(logits, masks))


def cross_entropy(logits: Tensor, masks: Tensor) -> Tensor:
    """Return the mean cross-entropy of the pixels that are labelled; 0 where none is."""
    return total(logits, masks) / (masks != IGNORED).sum().clamp_min(1)


def dice_loss(logits: Tensor, masks: Tensor, smooth: float = DICE_SMOOTH) -> Tensor:
    """Return one minus the soft Dice with squared denominator, sums over the batch, mean over all classes.

    Background counts as a class, as in SSL4MIS utils/losses.py @06df604. smooth: what is added above and below.
    """
    probabilities = full(logits).softmax(1)
    reference = one_hot(masks, logits.shape[1]).to(probabilities.dtype)
    space = (0, 2, 3)
    overlap = (probabilities * reference).sum(space)
    labeled = (masks != IGNORED).unsqueeze(1)
    size = (probabilities.square() * labeled).sum(space) + reference.sum(space)
    return 1 - torch.mean((2 * overlap + smooth) / (size + smooth))


CRITERIA: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {
    "cross_entropy_dice": segmentation_loss,
    "dice": partial(dice_loss, smooth=LEAST_SMOOTH),
}
"""What logits (N, classes, H, W) may learn from masks (N, H, W)."""
