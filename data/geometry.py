"""Random geometry of slices: what is drawn, and how images and masks are moved by it together."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True, eq=False)
class Slices:
    """Square slices: images (N, C, S, S), masks (N, S, S) or None, and stretch (N,), stored height over stored width.

    stretch is None where all were stored square.
    """

    images: Tensor
    masks: Tensor | None = None
    stretch: Tensor | None = None


@dataclass(frozen=True)
class Affine:
    """Quarter turns and flip with a probability, and always rotation, zoom and shift as fractions of the side.

    Images are interpolated, masks take the nearest pixel.
    """

    turns: float = 0.0
    rotation_deg: float = 0.0
    zoom: float = 0.0
    shift: float = 0.0

    def moved(self, slices: Slices, rng: torch.Generator) -> Slices:
        """Return the slices, each under a map of its own of the square picture."""
        images, masks = slices.images, slices.masks
        grid = _grid(self.draw(len(images), rng), images)
        labels = None if masks is None else _sampled(_layer(masks, images), grid, "nearest").squeeze(1)
        return Slices(_sampled(images, grid, "bilinear"), labels, slices.stretch)

    def draw(self, count: int, rng: torch.Generator) -> Tensor:
        """Return the maps (count, 2, 3) from a place in the moved slice to one in the stored slice."""
        turned, quarter, flipped, angle, zoom, *shift = torch.rand(7, count, generator=rng, device=rng.device)
        turns = (turned < self.turns).float()
        degrees = torch.floor(4 * quarter) * 90 * turns + (2 * angle - 1) * self.rotation_deg
        mirror = 1 - 2 * (flipped < 0.5).float() * turns
        scale = torch.exp((2 * zoom - 1) * math.log1p(self.zoom))
        radians = degrees * (math.pi / 180)
        cos, sin = torch.cos(radians) * scale, torch.sin(radians) * scale
        move_x, move_y = ((2 * part - 1) * 2 * self.shift for part in shift)
        return torch.stack([cos * mirror, -sin, move_x, sin * mirror, cos, move_y], 1).view(count, 2, 3)


@dataclass(frozen=True)
class Motion:
    """What each slice (N,) gets: a quarter turn (0 to 3, counterclockwise) and a flip, whole degrees, or neither."""

    turned: Tensor
    quarter: Tensor
    flips_rows: Tensor
    rotated: Tensor
    degrees: Tensor


@dataclass(frozen=True)
class TurnOrRotation:
    """A quarter turn and always a flip, or a rotation by whole degrees, or nothing; never two of them.

    turned, rotated: shares of the slices; the rest stays as stored. least_deg, most_deg: both occur. Pixels are moved
    as they are, in images as in masks; what a rotation brings in from outside is 0.
    """

    turned: float
    rotated: float
    least_deg: int = -20
    most_deg: int = 19

    def moved(self, slices: Slices, rng: torch.Generator) -> Slices:
        """Return the slices, each moved in its own way."""
        images, masks = slices.images, slices.masks
        motion = self.draw(len(images), rng)
        layers = images if masks is None else torch.cat([images, _layer(masks, images)], 1)
        layers = rotated(turned(layers, motion), motion, slices.stretch)
        channels = images.shape[1]
        return Slices(layers[:, :channels], None if masks is None else layers[:, channels], slices.stretch)

    def draw(self, count: int, rng: torch.Generator) -> Motion:
        """Return what each of ``count`` slices gets."""
        which, quarter, axis, angle = torch.rand(4, count, generator=rng, device=rng.device)
        rotates = (which >= self.turned) & (which < self.turned + self.rotated)
        degrees = self.least_deg + torch.floor(angle * (self.most_deg - self.least_deg + 1))
        return Motion(which < self.turned, torch.floor(4 * quarter).long(), axis < 0.5, rotates, degrees)


@dataclass(frozen=True)
class RotateZoomMirror:
    """A rotation, a zoom and a flip of each axis, each with a probability; several of them can come together.

    rotation_deg: greatest angle to either side. least_zoom, most_zoom: of the part of the picture that is shown, over
    its side; half of the zooms lie below 1, half above. What comes in from outside is 0. Images are interpolated, masks
    take the nearest pixel. As with ``TurnOrRotation`` what rotates is the stored slice.
    """

    rotated: float
    rotation_deg: float
    zoomed: float
    least_zoom: float
    most_zoom: float
    mirrored: float

    def moved(self, slices: Slices, rng: torch.Generator) -> Slices:
        """Return the slices, each under a map of its own."""
        images, masks = slices.images, slices.masks
        grid = _grid(self.draw(len(images), rng, slices.stretch), images)
        labels = None if masks is None else _sampled(_layer(masks, images), grid, "nearest").squeeze(1)
        return Slices(_sampled(images, grid, "bilinear"), labels, slices.stretch)

    def draw(self, count: int, rng: torch.Generator, stretch: Tensor | None = None) -> Tensor:
        """Return the maps (count, 2, 3) from a place in the moved slice to one in the stored slice."""
        rotates, angle, zooms, side, part, *flips = torch.rand(7, count, generator=rng, device=rng.device)
        radians = (rotates < self.rotated).float() * (2 * angle - 1) * self.rotation_deg * (math.pi / 180)
        end = torch.where(side < 0.5, self.least_zoom, self.most_zoom)
        scale = torch.where(zooms < self.zoomed, 1 + (end - 1) * part, 1.0)
        flip_x, flip_y = (1 - 2 * (flip < self.mirrored).float() for flip in flips)
        cos, sin, still = torch.cos(radians) * scale, torch.sin(radians) * scale, torch.zeros_like(scale)
        high = torch.ones_like(scale) if stretch is None else stretch.to(scale.dtype)
        rows = [cos * flip_x, -sin * high * flip_y, still, sin / high * flip_x, cos * flip_y, still]
        return torch.stack(rows, 1).view(count, 2, 3)


def turned(layers: Tensor, motion: Motion) -> Tensor:
    """Return square layers (N, C, S, S), where ``turned`` turned and then flipped upside down or left to right."""
    quarter, each = motion.quarter.view(-1, 1, 1, 1), (-1, 1, 1, 1)
    moved = torch.where(quarter >= 2, layers.flip((2, 3)), layers)
    moved = torch.where(quarter % 2 == 1, moved.rot90(1, (2, 3)), moved)
    moved = torch.where(motion.flips_rows.view(each), moved.flip(2), moved.flip(3))
    return torch.where(motion.turned.view(each), moved, layers)


def rotated(layers: Tensor, motion: Motion, stretch: Tensor | None = None) -> Tensor:
    """Return square layers (N, C, S, S), where ``rotated`` turned counterclockwise about their middle.

    What is turned is the stored slice, as if it were made square after that: on the square picture its map has a shear.
    """
    radians = motion.degrees * (math.pi / 180)
    cos, sin, still = torch.cos(radians), torch.sin(radians), torch.zeros_like(radians)
    high = torch.ones_like(radians) if stretch is None else stretch.to(radians.dtype)
    maps = torch.stack([cos, -sin * high, still, sin / high, cos, still], 1).view(-1, 2, 3)
    moved = _sampled(layers, _grid(maps, layers), "nearest")
    return torch.where(motion.rotated.view(-1, 1, 1, 1), moved, layers)


def _grid(maps: Tensor, images: Tensor) -> Tensor:
    return functional.affine_grid(maps.to(images.dtype), list(images.shape), False)


def _sampled(layers: Tensor, grid: Tensor, mode: str) -> Tensor:
    return functional.grid_sample(layers, grid, mode=mode, padding_mode="zeros", align_corners=False)


def _layer(masks: Tensor, images: Tensor) -> Tensor:
    return masks.unsqueeze(1).to(images.dtype)
