"""A random smooth warp of images."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn import functional

STRENGTH_PX = 1.5  # ACTION code augment.py @77730a7: epsilon of its random morphological warp, at 256 pixels
GRAIN = 16  # pixels of a 256-pixel image between two independent displacements; ours, that code's field is not released


def random_warp(images: Tensor, probability: float, rng: torch.Generator) -> Tensor:
    """Return images (N, C, H, W), each warped with a probability by a smooth field of at most STRENGTH_PX.

    The labels stay where they are: that is the released code's choice, and its difference from a geometric view.
    """
    return _warped(images, len(images), probability, rng)


def random_warp_of_all(images: Tensor, probability: float, rng: torch.Generator) -> Tensor:
    """Return the same with all images warped, each by a field of its own, or none."""
    return _warped(images, 1, probability, rng)


WARPS: Mapping[str, Callable[[Tensor, float, torch.Generator], Tensor]] = {
    "slice": random_warp,
    "batch": random_warp_of_all,
}


def _warped(images: Tensor, chances: int, probability: float, rng: torch.Generator) -> Tensor:
    if probability == 0:
        return images
    count, device = len(images), images.device
    on = (torch.rand(chances, 1, 1, 1, generator=rng, device=device) < probability).to(images.dtype)
    coarse = 2 * torch.rand(count, 2, 256 // GRAIN, 256 // GRAIN, generator=rng, device=device) - 1
    field = functional.interpolate(coarse, images.shape[-2:], mode="bilinear", align_corners=True)
    shift = (on * field * STRENGTH_PX * 2 / 256).movedim(1, -1)  # the grid spans 2 over the image's side
    still = torch.eye(2, 3, device=device).expand(count, 2, 3)
    grid = functional.affine_grid(still, list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid + shift, padding_mode="border", align_corners=False)
