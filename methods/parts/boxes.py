"""Random rectangles, and pasting by them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Boxes:
    """Rectangles of a random area, shares of the image; narrowest: least ratio of the sides, either way.

    probability: of an image having one at all.
    """

    least: float
    greatest: float
    narrowest: float
    probability: float

    def inside(self, images: Tensor, rng: torch.Generator) -> Tensor:
        """Return (N, H, W) bool, true inside a rectangle of its own for each image (N, C, H, W).

        A side longer than the image's is cut to it.
        """
        count, height, width = len(images), images.shape[-2], images.shape[-1]
        present, area, ratio, top, left = torch.rand(5, count, 1, generator=rng, device=images.device)
        share = self.least + area * (self.greatest - self.least)
        tall_for_wide = self.narrowest + ratio * (1 / self.narrowest - self.narrowest)
        rows = _within(height, (share * tall_for_wide).sqrt(), top)
        columns = _within(width, (share / tall_for_wide).sqrt(), left)
        boxes: Tensor = rows.unsqueeze(2) & columns.unsqueeze(1) & (present < self.probability).unsqueeze(2)
        return boxes


class FittingBoxes(Boxes):
    """The same in whole pixels: shape and place are drawn again until the rectangle lies inside the image."""

    def inside(self, images: Tensor, rng: torch.Generator) -> Tensor:
        """Return (N, H, W) bool; of all tries the first that fits, else the first, cut to the image.

        Of areas of 0.4 and ratios down to 0.3 a try in fourteen fits, so that one in a hundred million finds none.
        """
        count, height, width = len(images), images.shape[-2], images.shape[-1]
        present, area = torch.rand(2, count, 1, generator=rng, device=images.device)
        ratio, top, left = torch.rand(3, count, TRIES, generator=rng, device=images.device)
        pixels = (self.least + area * (self.greatest - self.least)) * (height * width)
        tall_for_wide = self.narrowest + ratio * (1 / self.narrowest - self.narrowest)
        tall, wide = (pixels * tall_for_wide).sqrt().floor(), (pixels / tall_for_wide).sqrt().floor()
        top, left = (top * height).floor(), (left * width).floor()
        fits = (top + tall <= height) & (left + wide <= width)
        first = fits.float().argmax(1, keepdim=True)
        top, left, tall, wide = (one.gather(1, first) for one in (top, left, tall, wide))
        rows, columns = between(height, top, tall), between(width, left, wide)
        boxes: Tensor = rows.unsqueeze(2) & columns.unsqueeze(1) & (present < self.probability).unsqueeze(2)
        return boxes


TRIES = 256
BOXES: Mapping[str, type[Boxes]] = {"cut": Boxes, "redrawn": FittingBoxes}


def one_box(images: Tensor, side: float, rng: torch.Generator) -> Tensor:
    """Return (1, H, W) bool, true inside one rectangle for all images, a share of each side long, anywhere."""
    top, left = torch.rand(2, 1, 1, generator=rng, device=images.device)
    share = torch.full_like(top, side)
    rows, columns = _within(images.shape[-2], share, top), _within(images.shape[-1], share, left)
    return rows.unsqueeze(2) & columns.unsqueeze(1)


def paste(inside: Tensor, source: Tensor, target: Tensor) -> Tensor:
    """Return the target (N, H, W) or (N, C, H, W) with the source's pixels where ``inside`` (N or 1, H, W) is true."""
    return torch.where(inside if target.dim() == 3 else inside.unsqueeze(1), source, target)


def _within(length: int, share: Tensor, place: Tensor) -> Tensor:
    """Return (N, length) bool: a run of int(share * length) pixels; place in [0, 1) runs over all places it fits."""
    long = (share * length + 1e-4).floor().clamp(max=length)  # 2/3 of 96 is 64 in whatever precision
    return between(length, (place * (length - long + 1)).floor(), long)


def between(length: int, start: Tensor, long: Tensor) -> Tensor:
    """Return (N, length) bool: true at the ``long`` pixels from ``start`` on, both (N, 1)."""
    pixel = torch.arange(length, device=start.device)
    return (pixel >= start) & (pixel < start + long)
