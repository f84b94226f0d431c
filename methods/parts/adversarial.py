"""Images moved to where a prediction changes most: virtual adversarial training (Miyato et al., arXiv 1704.03976).

As SS-Net has it for segmentation (utils/losses.py @8b3ec97, VAT2d).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from methods.parts.certainty import probabilities
from methods.parts.supervised import LEAST_SMOOTH

TINY = 1e-8  # there: beside the length that a direction is divided by


def draw_direction(images: Tensor, rng: torch.Generator) -> Tensor:
    """Return a direction (N, C, H, W) a slice, of length 1, uniform in a cube."""
    uniform = torch.rand(images.shape, generator=rng, device=images.device, dtype=images.dtype)
    return directed(uniform - 0.5)


def directed(images: Tensor) -> Tensor:
    """Return images (N, C, H, W), each at length 1."""
    length: Tensor = torch.linalg.vector_norm(images, dim=(1, 2, 3), keepdim=True)
    return images / (length + TINY)


def soft_dice_loss(predicted: Tensor, target: Tensor) -> Tensor:
    """Return one minus the Dice of two probability maps (N, classes, H, W), sums over the batch, mean over classes."""
    space = (0, 2, 3)
    overlap = 2 * (predicted * target).sum(space)
    size = predicted.square().sum(space) + target.square().sum(space)
    return 1 - ((overlap + LEAST_SMOOTH) / (size + LEAST_SMOOTH)).mean()


def steepest(network: nn.Module, images: Tensor, target: Tensor, direction: Tensor, reach: float) -> Tensor:
    """Return the direction, of length 1 a slice, in which a network's prediction leaves the target fastest.

    images: (N, C, H, W). target: probabilities (N, classes, H, W), constants. The slope is taken ``reach`` off the
    images in a direction of length 1. No weight gets a gradient.
    """
    place = direction.detach().requires_grad_()
    gap = soft_dice_loss(probabilities(network(images + reach * place)), target)
    with torch.autocast(images.device.type, enabled=False):
        (slope,) = torch.autograd.grad(gap, place)
    return directed(slope)
