"""Augmented views of a batch, made on the device it lies on, without per-item work."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional

from data.errors import DataError


@dataclass(frozen=True)
class Geometry:
    """Random affine map: quarter turns and flip with a probability, rotation, zoom and shift as fractions."""

    turns: float = 0.0
    rotation_deg: float = 0.0
    zoom: float = 0.0
    shift: float = 0.0


@dataclass(frozen=True)
class Intensity:
    """Random grey-value changes, each with the probability, amplitudes for images in [0, 1].

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


@dataclass(frozen=True)
class Policy:
    """What the views ``weak`` and ``strong`` mean: one geometry for both, an intensity each."""

    geometry: Geometry
    weak: Intensity
    strong: Intensity


VIEWS = ("plain", "weak", "weak_b", "strong", "strong_b", "strong_sharp")
"""plain: as stored. weak, strong: of the policy. weak_b, strong_b: second, independent views of the same geometry.
strong_sharp: the strong view with the same random numbers, without its blur."""


def make_views(
    images: Tensor, masks: Tensor | None, names: Iterable[str], policy: Policy, rng: torch.Generator
) -> tuple[Mapping[str, Tensor], Tensor | None]:
    """Return the named views of images (N, 1, H, W) and the masks (N, H, W) int64 in the views' common geometry.

    With ``plain`` among the names the batch keeps the stored geometry throughout, so that views stay in register.
    """
    names = tuple(names)
    unknown = [name for name in names if name not in VIEWS]
    if unknown:
        raise DataError(f"there is no view {unknown[0]!r}; known are {', '.join(VIEWS)}")
    if "plain" not in names and len(images):
        images, masks = _warped(images, masks, policy.geometry, rng)
    views: dict[str, Tensor] = {}
    for name in sorted(names, key=lambda name: name == "strong_sharp"):
        if name == "strong":
            drawn = rng.get_state()
        if name == "strong_sharp" and "strong" in names:
            rng.set_state(drawn)
        views[name] = _shaded(images, _intensity(policy, name), rng)
    return views, masks if masks is None else masks.long()


def _intensity(policy: Policy, view: str) -> Intensity | None:
    if view == "strong_sharp":
        return replace(policy.strong, blur_px=0.0)
    found: Intensity | None = getattr(policy, view.removesuffix("_b"), None)
    return found


def _warped(
    images: Tensor, masks: Tensor | None, geometry: Geometry, rng: torch.Generator
) -> tuple[Tensor, Tensor | None]:
    grid = functional.affine_grid(_affine(len(images), geometry, rng, images.device), list(images.shape), False)
    moved = functional.grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    if masks is None:
        return moved, None
    labels = masks.unsqueeze(1).to(images.dtype)
    labels = functional.grid_sample(labels, grid, mode="nearest", padding_mode="zeros", align_corners=False)
    return moved, labels.squeeze(1)


def _affine(count: int, geometry: Geometry, rng: torch.Generator, device: torch.device) -> Tensor:
    turned, quarter, flipped, angle, zoom, *shift = torch.rand(7, count, generator=rng, device=device)
    turns = (turned < geometry.turns).float()
    degrees = torch.floor(4 * quarter) * 90 * turns + (2 * angle - 1) * geometry.rotation_deg
    mirror = 1 - 2 * (flipped < 0.5).float() * turns
    scale = torch.exp((2 * zoom - 1) * math.log1p(geometry.zoom))
    radians = degrees * (math.pi / 180)
    cos, sin = torch.cos(radians) * scale, torch.sin(radians) * scale
    move_x, move_y = ((2 * part - 1) * 2 * geometry.shift for part in shift)
    rows = torch.stack([cos * mirror, -sin, move_x, sin * mirror, cos, move_y], 1)
    return rows.view(count, 2, 3)


def _shaded(images: Tensor, intensity: Intensity | None, rng: torch.Generator) -> Tensor:
    if intensity is None or intensity.probability == 0 or not len(images):
        return images
    count, device = len(images), images.device
    on = (torch.rand(6, count, 1, 1, 1, generator=rng, device=device) < intensity.probability).float()
    contrast, brightness, gamma, blur, noise = torch.rand(5, count, 1, 1, 1, generator=rng, device=device)
    shaded: Tensor = images
    if intensity.blur_px:
        shaded = _blurred(shaded, on[0] * blur * intensity.blur_px * images.shape[-1] / 256)
    if intensity.bias:
        shaded = shaded * torch.exp(on[1] * _smooth_field(images, rng) * intensity.bias)
    mean = shaded.mean((2, 3), keepdim=True)
    factor = torch.exp(on[2] * (2 * contrast - 1) * math.log1p(intensity.contrast))
    offset = on[3] * (2 * brightness - 1) * intensity.brightness
    shaded = ((shaded - mean) * factor + mean + offset).clamp(0, 1)
    exponent = torch.exp(on[4] * (2 * gamma - 1) * math.log1p(intensity.gamma))
    shaded = shaded.clamp_min(1e-6).pow(exponent)
    if intensity.noise:
        grain = torch.randn(images.shape, generator=rng, device=device)
        shaded = shaded + grain * on[5] * noise * intensity.noise
    return shaded


def _smooth_field(images: Tensor, rng: torch.Generator) -> Tensor:
    coarse = 2 * torch.rand(len(images), 1, 4, 4, generator=rng, device=images.device) - 1
    field: Tensor = functional.interpolate(coarse, images.shape[-2:], mode="bicubic", align_corners=True)
    return field


def _blurred(images: Tensor, sigma: Tensor) -> Tensor:
    radius = 3
    for axis in (2, 3):
        offsets = range(-radius, radius + 1)
        weights = [torch.exp(-0.5 * (offset / sigma.clamp_min(1e-3)) ** 2) for offset in offsets]
        pad = [radius, radius, 0, 0] if axis == 3 else [0, 0, radius, radius]
        wide = functional.pad(images, pad, mode="replicate")
        size = images.shape[axis]
        shifted = [weight * wide.narrow(axis, shift, size) for shift, weight in enumerate(weights)]
        images = torch.stack(shifted).sum(0) / torch.stack(weights).sum(0)
    return images
