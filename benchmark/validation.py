"""The validation score during training: fast, at the network's size, on the device."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from data.pool import Pool

CHUNK = 32


@torch.no_grad()
def logits_of(predictor: nn.Module, images: Tensor, autocast: torch.autocast) -> Tensor:
    """Return float32 logits (N, classes, S, S) of images (N, 1, S, S), in evaluation mode and in chunks."""
    training = predictor.training
    predictor.eval()
    with autocast:
        logits = torch.cat([predictor(chunk).float() for chunk in torch.split(images, CHUNK)])
    predictor.train(training)
    return logits


def mean_dice(predictor: nn.Module, pool: Pool, classes: int, autocast: torch.autocast) -> float:
    """Return the mean over volumes and structures of the 3-D Dice at the network's size.

    A structure that neither mask has is left out; one that only one of them has scores 0.
    """
    if pool.masks is None or not len(pool):
        raise ValueError("validation needs labelled cases")
    predicted = logits_of(predictor, pool.images, autocast).argmax(1)
    volume = pool.case - pool.case[0]
    counts = [_per_volume(mask, volume, len(pool.names), classes) for mask in (predicted, pool.masks.long())]
    both = _per_volume(torch.where(predicted == pool.masks, predicted, 0), volume, len(pool.names), classes)
    total = counts[0] + counts[1]
    present = total > 0
    return float((2 * both[present] / total[present]).mean())


def _per_volume(mask: Tensor, volume: Tensor, volumes: int, classes: int) -> Tensor:
    slices = functional.one_hot(mask.flatten(1), classes).sum(1)[:, 1:].double()
    return torch.zeros(volumes, classes - 1, dtype=torch.float64, device=mask.device).index_add_(0, volume, slices)
