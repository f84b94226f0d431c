"""Jitter and blur of single slices as 8-bit images, as the released ACTION code alters mixed slices in stage iii."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn import functional

CHANCE = 0.5  # ACTION code augment.py @77730a7: of a slice's jitter, and of its blur
FACTORS = (0.75, 1.25)  # the same: of brightness and contrast; saturation and hue leave grey images as they are
SIGMAS_PX = (0.15, 1.15)  # the same: of the blur, at 256 pixels
REACH = 4  # pixels on either side that the blur looks at, 3.5 of its greatest sigma
LEVELS = 255


def jitter_and_blur(images: Tensor, rng: torch.Generator) -> Tensor:
    """Return images (N, C, H, W) in [0, 1] as multiples of 1/255, some slices jittered, some blurred.

    Jitter is brightness and contrast in a random order; blur comes after it.
    """
    shape = (6, len(images), 1, 1, 1)
    drawn = torch.rand(shape, generator=rng, device=images.device).to(images.dtype)
    jitters, blurs, brightness, contrast, order, sigma = drawn
    levels = (images.clamp(0, 1) * LEVELS).floor()
    jittered = jitter(levels, between(FACTORS, brightness), between(FACTORS, contrast), order < 0.5)
    levels = torch.where(jitters < CHANCE, jittered, levels)
    blurred = blur(levels, between(SIGMAS_PX, sigma) * images.shape[-1] / 256).round()
    return torch.where(blurs < CHANCE, blurred, levels) / LEVELS


def unaltered(images: Tensor, rng: torch.Generator) -> Tensor:
    """Return the images as they are."""
    return images


ALTERATIONS: Mapping[str, Callable[[Tensor, torch.Generator], Tensor]] = {
    "none": unaltered,
    "jitter_blur": jitter_and_blur,
}


def between(limits: tuple[float, float], share: Tensor) -> Tensor:
    """Return what lies a share of the way from the lower to the upper limit."""
    low, high = limits
    return low + (high - low) * share


def jitter(levels: Tensor, brightness: Tensor, contrast: Tensor, brightness_first: Tensor) -> Tensor:
    """Return whole levels (N, C, H, W), 0 to 255, after both changes in either order; the others are (N, 1, 1, 1)."""
    first = contrasted(brightened(levels, brightness), contrast)
    return torch.where(brightness_first, first, brightened(contrasted(levels, contrast), brightness))


def brightened(levels: Tensor, factor: Tensor) -> Tensor:
    """Return levels times a factor, whole and in range."""
    return (levels * factor).clamp(0, LEVELS).floor()


def contrasted(levels: Tensor, factor: Tensor) -> Tensor:
    """Return levels whose distance to their channel's mean level is multiplied, whole and in range."""
    mean = levels.mean((2, 3), keepdim=True).round()
    return (mean + factor * (levels - mean)).clamp(0, LEVELS).floor()


def blur(images: Tensor, sigma_px: Tensor) -> Tensor:
    """Return images (N, C, H, W), each under a Gaussian of its own sigma (N, 1, 1, 1); edges go on outside."""
    offsets = torch.arange(-REACH, REACH + 1, device=images.device)
    weights = torch.exp(-0.5 * (offsets / sigma_px) ** 2)  # (N, 1, 1, K)
    weights = weights / weights.sum(3, keepdim=True)
    wide = functional.pad(images, [REACH] * 4, mode="replicate").transpose(0, 1)
    with torch.autocast(images.device.type, enabled=False):  # bf16 has no room for 256 levels and their fractions
        along = functional.conv2d(wide, weights, groups=len(images))
        return functional.conv2d(along, weights.transpose(2, 3), groups=len(images)).transpose(0, 1)
