"""Random grey values of slices: what is drawn, and how images are changed by it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

REACH = 2.5
"""Of a blur's window to each side, in its greatest sigma."""


@dataclass(frozen=True)
class Chance:
    """An update's random numbers: those of each slice, and those that a batch draws once for all its slices."""

    slices: torch.Generator
    batch: torch.Generator


@dataclass(frozen=True)
class Intensity:
    """Grey-value changes as magnets and coils make them, each with the probability, amplitudes for images in [0, 1].

    contrast, brightness: about the slice's mean, as a factor and as an offset. gamma: of the exponent, logarithmic.
    bias: of a smooth multiplicative field, logarithmic. blur_px: greatest sigma, pixels of a 256-pixel image.
    noise: greatest standard deviation.
    """

    probability: float = 0.0
    contrast: float = 0.0
    brightness: float = 0.0
    gamma: float = 0.0
    bias: float = 0.0
    blur_px: float = 0.0
    noise: float = 0.0

    def sharp(self) -> Intensity:
        """Return the same without blur."""
        return replace(self, blur_px=0.0)

    def shaded(self, images: Tensor, chance: Chance) -> Tensor:
        """Return images (N, C, H, W), each changed in its own way."""
        if self.probability == 0 or not len(images):
            return images
        count, device, rng = len(images), images.device, chance.slices
        on = (torch.rand(6, count, 1, 1, 1, generator=rng, device=device) < self.probability).float()
        contrast, brightness, gamma, blur, noise = torch.rand(5, count, 1, 1, 1, generator=rng, device=device)
        shaded: Tensor = images
        if self.blur_px:
            shaded = blurred(shaded, on[0] * blur * self.blur_px, self.blur_px)
        if self.bias:
            shaded = shaded * torch.exp(on[1] * _smooth_field(images, rng) * self.bias)
        mean = shaded.mean((2, 3), keepdim=True)
        factor = torch.exp(on[2] * (2 * contrast - 1) * math.log1p(self.contrast))
        offset = on[3] * (2 * brightness - 1) * self.brightness
        shaded = ((shaded - mean) * factor + mean + offset).clamp(0, 1)
        exponent = torch.exp(on[4] * (2 * gamma - 1) * math.log1p(self.gamma))
        shaded = shaded.clamp_min(1e-6).pow(exponent)
        if self.noise:
            grain = torch.randn(images.shape, generator=rng, device=device)
            shaded = shaded + grain * on[5] * noise * self.noise
        return shaded


@dataclass(frozen=True)
class Jittering:
    """What slices get, each (N,) or one for all: factors where jittered, sigma in pixels of 256 where blurred."""

    jittered: Tensor
    brightness: Tensor
    contrast: Tensor
    brightness_first: Tensor
    blurred: Tensor
    sigma_px: Tensor


@dataclass(frozen=True)
class Jitter:
    """Colour jitter and blur as photographs get them, on 8 bits; saturation and hue do nothing to grey slices.

    jittered, blurred: probabilities, of a slice or of a whole batch, which then has one blur and a factor a slice.
    brightness, contrast: a factor is uniform in 1 +- this, not below 0. least_blur_px, blur_px: sigma is uniform
    between them, pixels of a 256-pixel image.
    """

    jittered: float
    brightness: float
    contrast: float
    blurred: float = 0.0
    least_blur_px: float = 0.0
    blur_px: float = 0.0
    per: Literal["slice", "batch"] = "slice"

    def sharp(self) -> Jitter:
        """Return the same without blur; all else draws the same numbers."""
        return replace(self, blurred=0.0)

    def shaded(self, images: Tensor, chance: Chance) -> Tensor:
        """Return images (N, C, H, W) in [0, 1]; those that get nothing are the stored ones."""
        drawn = self.draw(len(images), chance)
        each = (-1, 1, 1, 1)
        changed = jittered(_eight_bits(images), drawn)
        shaded = torch.where(drawn.jittered.view(each), _eight_bits(changed), images)
        if not self.blurred:
            return shaded
        soft = blurred(_eight_bits(shaded), drawn.sigma_px.view(each), self.blur_px)
        return torch.where(drawn.blurred.view(each), _eight_bits(soft), shaded)

    def draw(self, count: int, chance: Chance) -> Jittering:
        """Return what ``count`` slices get."""
        whether, soft, radius = DRAWN_PER[self.per](3, count, chance)
        rng = chance.slices
        brightness, contrast, order = torch.rand(3, count, generator=rng, device=rng.device)
        return Jittering(
            whether < self.jittered,
            (1 + (2 * brightness - 1) * self.brightness).clamp_min(0),
            (1 + (2 * contrast - 1) * self.contrast).clamp_min(0),
            order < 0.5,
            soft < self.blurred,
            self.least_blur_px + (self.blur_px - self.least_blur_px) * radius,
        )


def _per_slice(numbers: int, count: int, chance: Chance) -> Tensor:
    return torch.rand(numbers, count, generator=chance.slices, device=chance.slices.device)


def _per_batch(numbers: int, count: int, chance: Chance) -> Tensor:
    return torch.rand(numbers, 1, generator=chance.batch, device=chance.batch.device).expand(numbers, count)


DRAWN_PER: Mapping[str, Callable[[int, int, Chance], Tensor]] = {"slice": _per_slice, "batch": _per_batch}


def jittered(images: Tensor, drawn: Jittering) -> Tensor:
    """Return images (N, C, H, W) in [0, 1] times a factor and stretched about their mean, in the order drawn."""
    bright, stretch, first = (
        part.view(-1, 1, 1, 1).to(images.dtype if part.is_floating_point() else part.dtype)
        for part in (drawn.brightness, drawn.contrast, drawn.brightness_first)
    )
    return torch.where(
        first,
        _stretched((images * bright).clamp(0, 1), stretch),
        (_stretched(images, stretch) * bright).clamp(0, 1),
    )


def _stretched(images: Tensor, factor: Tensor) -> Tensor:
    mean = images.mean((2, 3), keepdim=True)
    return ((images - mean) * factor + mean).clamp(0, 1)


def _eight_bits(images: Tensor) -> Tensor:
    return (images.clamp(0, 1) * 255).round() / 255


def _smooth_field(images: Tensor, rng: torch.Generator) -> Tensor:
    coarse = 2 * torch.rand(len(images), 1, 4, 4, generator=rng, device=images.device) - 1
    field: Tensor = functional.interpolate(coarse, images.shape[-2:], mode="bicubic", align_corners=True)
    return field


def blurred(images: Tensor, sigma_px: Tensor, greatest_px: float) -> Tensor:
    """Return square images (N, C, S, S) under Gaussians of sigma_px (N, 1, 1, 1) of 256 pixels, edges repeated."""
    size = images.shape[-1]
    sigma = (sigma_px * size / 256).to(images.dtype)
    radius = max(3, math.ceil(REACH * greatest_px * size / 256))
    for axis in (2, 3):
        offsets = range(-radius, radius + 1)
        weights = [torch.exp(-0.5 * (offset / sigma.clamp_min(1e-3)) ** 2) for offset in offsets]
        pad = [radius, radius, 0, 0] if axis == 3 else [0, 0, radius, radius]
        wide = functional.pad(images, pad, mode="replicate")
        shifted = [weight * wide.narrow(axis, shift, size) for shift, weight in enumerate(weights)]
        images = torch.stack(shifted).sum(0) / torch.stack(weights).sum(0)
    return images
