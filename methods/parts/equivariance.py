"""Equivariance: a turned slice is to be segmented as the turned segmentation of it says."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from methods.parts.precision import full

POINTS = 5  # a side of the lattice that bends a slice; MONA code rand_tps.py
EMPTY = 1e-7  # in place of no pixel at all; MONA code train_arco_2d.py


@dataclass(frozen=True)
class Turning:
    """How far slices are turned, degrees either way; zoomed, a factor; shifted and bent, in halves of the image."""

    degrees: float
    least: float
    most: float
    shift: float
    bend: float


def draw_grid(images: Tensor, turning: Turning, rng: torch.Generator) -> Tensor:
    """Return where each pixel of turned images (N, C, H, W) comes from, (N, H, W, 2) for ``grid_sample``.

    A similarity for each image, and a smooth displacement; all are mirrored, or none.
    """
    count, device = len(images), images.device

    def uniform(low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand(*shape, generator=rng, device=device)

    angle = uniform(-turning.degrees, turning.degrees, count) * (math.pi / 180)
    scale = uniform(1 / turning.most, 1 / turning.least, count)
    across, down = uniform(-turning.shift, turning.shift, 2, count)
    cosine, sine = scale * angle.cos(), scale * angle.sin()
    mirror = torch.where(uniform(0, 1, 1) < 0.5, -1.0, 1.0)
    first = mirror * torch.stack([cosine, -sine, across])
    similarity = torch.stack([first, torch.stack([sine, cosine, down])]).movedim(2, 0)
    grid = functional.affine_grid(similarity, list(images.shape), align_corners=False)
    points = uniform(-turning.bend, turning.bend, count, 2, POINTS, POINTS)
    bent = functional.interpolate(points, images.shape[-2:], mode="bicubic", align_corners=True)
    return grid + bent.movedim(1, -1)


def turned(maps: Tensor, grid: Tensor) -> Tensor:
    """Return maps (N, C, H, W) with their pixels taken from a grid's places, 0 from outside."""
    return functional.grid_sample(maps, grid, align_corners=False)


def equivariance_loss(logits: Tensor, expected: Tensor, counted: Tensor) -> Tensor:
    """Return KL(expected || predicted), mean over an image's counted pixels, then over images; 0 of none.

    logits: of turned slices (N, classes, H, W). expected: turned logits of the slices, a constant. counted: (N, 1, H,
    W), how much each pixel counts.
    """
    target = full(expected.detach()).log_softmax(1)
    divergence = functional.kl_div(full(logits).log_softmax(1), target, reduction="none", log_target=True)
    losses = (divergence.sum(1, keepdim=True) * counted).flatten(1).sum(1) / (counted.flatten(1).sum(1) + EMPTY)
    return losses.mean()
