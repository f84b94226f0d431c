"""The supervised loss of all methods."""

import torch
from torch import Tensor
from torch.nn import functional

from methods.parts.precision import full

DICE_SMOOTH = 1e-5  # SSL4MIS utils/losses.py, class DiceLoss @06df604


def segmentation_loss(logits: Tensor, masks: Tensor) -> Tensor:
    """Return half the sum of cross-entropy and Dice loss.

    logits: (N, classes, H, W). masks: (N, H, W) int64. SSL4MIS, every train_*_2D.py @06df604: 0.5 * (CE + Dice).
    """
    return 0.5 * (functional.cross_entropy(full(logits), masks) + dice_loss(logits, masks))


def dice_loss(logits: Tensor, masks: Tensor) -> Tensor:
    """Return one minus the soft Dice with squared denominator, sums over the batch, mean over all classes.

    Background counts as a class, as in SSL4MIS utils/losses.py @06df604.
    """
    probabilities = full(logits).softmax(1)
    reference = functional.one_hot(masks, logits.shape[1]).movedim(-1, 1).to(probabilities.dtype)
    space = (0, 2, 3)
    overlap = (probabilities * reference).sum(space)
    size = probabilities.square().sum(space) + reference.sum(space)
    return 1 - torch.mean((2 * overlap + DICE_SMOOTH) / (size + DICE_SMOOTH))
