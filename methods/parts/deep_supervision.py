"""Losses of a decoder's coarser maps beside that of its finest one, and nnU-Net's loss at each of them."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor
from torch.nn import functional

from data.task import IGNORED
from methods.parts.labels import one_hot
from methods.parts.precision import full
from methods.parts.supervised import cross_entropy

DICE_SMOOTH = 1e-5  # nnU-Net nnUNetTrainer.py @959729c, _build_loss


def scale_weights(scales: int) -> tuple[float, ...]:
    """Return what each of a decoder's maps counts, the finest first: halved from one to the next, the last 0, sum 1.

    nnU-Net nnUNetTrainer.py @959729c, _build_loss. One map alone counts 1.
    """
    weights = [0.5**scale for scale in range(max(1, scales - 1))]
    return (*(weight / sum(weights) for weight in weights), *[0.0] * (scales > 1))


def at_scale(masks: Tensor, size: Sequence[int]) -> Tensor:
    """Return masks (N, H, W) int64 at another size, each pixel that of the nearest centre."""
    if masks.shape[-2:] == (size[0], size[1]):
        return masks
    small = functional.interpolate(masks.unsqueeze(1).float(), tuple(size), mode="nearest-exact")
    return small.squeeze(1).long()


def cross_entropy_and_dice(logits: Tensor, masks: Tensor) -> Tensor:
    """Return the sum of cross-entropy and the structures' Dice loss.

    logits: (N, classes, H, W). masks: (N, H, W) int64; pixels that are IGNORED do not count. nnU-Net
    compound_losses.py @02e1b55, DC_and_CE_loss with both weights 1.
    """
    return cross_entropy(logits, masks) + structure_dice_loss(logits, masks)


def structure_dice_loss(logits: Tensor, masks: Tensor) -> Tensor:
    """Return one minus the soft Dice of the structures, sums over the batch, without background or squares.

    nnU-Net dice.py @018b88d, MemoryEfficientSoftDiceLoss with batch_dice, as its planner has it of 2-D
    (default_experiment_planner.py @017de4a), and without do_bg; it returns the Dice negated, which has this gradient.
    """
    counted = masks != IGNORED
    probabilities = full(logits).softmax(1)[:, 1:] * counted.unsqueeze(1)
    reference = one_hot(masks, logits.shape[1])[:, 1:].to(probabilities.dtype)
    space = (0, 2, 3)
    overlap, size = (probabilities * reference).sum(space), probabilities.sum(space) + reference.sum(space)
    return 1 - ((2 * overlap + DICE_SMOOTH) / (size + DICE_SMOOTH)).mean()
