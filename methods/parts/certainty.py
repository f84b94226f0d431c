"""How sure predictions are, and how far two are apart."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from methods.parts.precision import full

TINY = 1e-6  # SSL4MIS utils/losses.py, entropy_loss @06df604: keeps the logarithm of 0 finite


def probabilities(logits: Tensor) -> Tensor:
    """Return class probabilities (N, classes, H, W) in float32, whatever the precision of the logits."""
    return full(logits).softmax(1)


@torch.no_grad()
def settled(network: nn.Module, images: Tensor) -> Tensor:
    """Return a network's probabilities in evaluation mode, as at test time; it is in training mode after it."""
    network.eval()
    predicted = probabilities(network(images))
    network.train()
    return predicted


def entropy(predicted: Tensor) -> Tensor:
    """Return the entropy (N, H, W) of probabilities (N, classes, H, W), in nats: 0 to ln(classes)."""
    return -(predicted * (predicted + TINY).log()).sum(1)


def squared_gap(predicted: Tensor, target: Tensor) -> Tensor:
    """Return the mean squared difference of two probability maps of one shape, over all pixels and classes."""
    return (predicted - target).square().mean()
