"""Pseudo-labels and what is made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from methods.parts.precision import full


class Labeler(nn.Module):
    """A network in the mode in which it makes pseudo-labels, whatever mode this module is put into."""

    def __init__(self, network: nn.Module, mode: Callable[[nn.Module], object]) -> None:
        super().__init__()
        self.network, self.mode = network, mode

    def forward(self, images: Tensor) -> Tensor:
        """Return logits (N, classes, H, W) of images (N, C, H, W)."""
        self.mode(self.network)
        logits: Tensor = self.network(images)
        return logits


class Mixed(NamedTuple):
    """Mixed images (N, C, H, W), and at each pixel the class and the confidence (N, H, W) it was labelled with."""

    images: Tensor
    classes: Tensor
    confidence: Tensor


@torch.no_grad()
def labeled_by(network: nn.Module, images: Tensor) -> tuple[Tensor, Tensor]:
    """Return a network's confidence and class (N, H, W) at each pixel of images (N, C, H, W), as constants."""
    confidence, classes = full(network(images)).softmax(1).max(1)
    return confidence, classes


def sure_classes(predicted: Tensor, confident: float) -> tuple[Tensor, Tensor]:
    """Return the likeliest classes (N, H, W) of probabilities (N, classes, H, W), and where they reach a threshold."""
    confidence, classes = predicted.max(1)
    return classes, confidence >= confident


def pseudo_loss(logits: Tensor, pseudo: Tensor, weight: Tensor) -> Tensor:
    """Return cross-entropy to pseudo-labels (N, H, W), each image counting by its weight (N,)."""
    losses = functional.cross_entropy(full(logits), pseudo, reduction="none").mean((1, 2))
    return (weight * losses).mean()


def pseudo_loss_of_positive(logits: Tensor, pseudo: Tensor, weight: Tensor) -> Tensor:
    """Return the same over the pixels whose weighted loss is above 0, in place of all; 0 where there are none."""
    losses = functional.cross_entropy(full(logits), pseudo, reduction="none") * weight.view(-1, 1, 1)
    return losses.sum() / (losses.detach() > 0).sum().clamp_min(1)


PSEUDO_LOSSES: Mapping[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "all": pseudo_loss,
    "positive": pseudo_loss_of_positive,
}


def share_above(confidence: Tensor, threshold: float) -> Tensor:
    """Return each image's share (N,) of pixels whose confidence (N, H, W) reaches a threshold."""
    return (confidence >= threshold).to(confidence.dtype).mean((1, 2))


def ones(confidence: Tensor, threshold: float) -> Tensor:
    """Return 1 for each image (N,)."""
    return torch.ones_like(confidence[:, 0, 0])


IMAGE_WEIGHTS: Mapping[str, Callable[[Tensor, float], Tensor]] = {"share": share_above, "one": ones}
