"""How sure predictions are, and how far two are apart."""

from __future__ import annotations

from torch import Tensor

from methods.parts.precision import full

TINY = 1e-6  # SSL4MIS utils/losses.py, entropy_loss @06df604: keeps the logarithm of 0 finite


def probabilities(logits: Tensor) -> Tensor:
    """Return class probabilities (N, classes, H, W) in float32, whatever the precision of the logits."""
    return full(logits).softmax(1)


def entropy(predicted: Tensor) -> Tensor:
    """Return the entropy (N, H, W) of probabilities (N, classes, H, W), in nats: 0 to ln(classes)."""
    return -(predicted * (predicted + TINY).log()).sum(1)


def squared_gap(predicted: Tensor, target: Tensor) -> Tensor:
    """Return the mean squared difference of two probability maps of one shape, over all pixels and classes."""
    return (predicted - target).square().mean()
