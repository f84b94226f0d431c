"""The validation score during training: fast, at the network's size, on the device."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmark.training.folding import folded
from data.pool import Pool
from data.task import IGNORED

CHUNK = 32


@torch.no_grad()
def logits_of(predictor: nn.Module, images: Tensor, autocast: torch.autocast) -> Tensor:
    """Return float32 logits (N, classes, S, S) of images (N, C, S, S), in evaluation mode and in chunks."""
    training = predictor.training
    predictor.eval()
    answering = folded(predictor)
    with autocast:
        logits = torch.cat([answering(chunk).float() for chunk in torch.split(images, CHUNK)])
    predictor.train(training)
    return logits


def mean_dice(predictor: nn.Module, pool: Pool, classes: int, autocast: torch.autocast) -> float:
    """Return the mean over volumes and structures of the 3-D Dice at the network's size.

    A structure that neither mask has is left out; one that only one of them has scores 0.
    """
    if pool.masks is None or not len(pool):
        raise ValueError("validation needs labelled cases")
    counts = _dice_parts(logits_of(predictor, pool.images, autocast).argmax(1), pool, classes)
    return float(counts[0][counts[1] > 0].div(counts[1][counts[1] > 0]).mean())


def dice_by_class(predicted: Tensor, pool: Pool, classes: int) -> Tensor:
    """Return the mean over volumes of each structure's 3-D Dice (classes - 1,), for masks (N, S, S) of all slices."""
    twice, total = _dice_parts(predicted, pool, classes)
    present = (total > 0).float()
    return (twice / total.clamp_min(1) * present).sum(0) / present.sum(0).clamp_min(1)


def _dice_parts(predicted: Tensor, pool: Pool, classes: int) -> tuple[Tensor, Tensor]:
    """Return twice the overlap, and the sum of both sizes, each (volumes, classes - 1)."""
    assert pool.masks is not None
    volume, masks = pool.case - pool.case[0], pool.masks.long()
    if pool.partial:
        predicted, masks = (torch.where(pool.masks == IGNORED, 0, mask) for mask in (predicted, masks))
    counts = [_per_volume(mask, volume, len(pool.names), classes) for mask in (predicted, masks)]
    both = _per_volume(torch.where(predicted == masks, predicted, 0), volume, len(pool.names), classes)
    return 2 * both, counts[0] + counts[1]


def _per_volume(mask: Tensor, volume: Tensor, volumes: int, classes: int) -> Tensor:
    slices = functional.one_hot(mask.flatten(1), classes).sum(1)[:, 1:].double()
    return torch.zeros(volumes, classes - 1, dtype=torch.float64, device=mask.device).index_add_(0, volume, slices)
