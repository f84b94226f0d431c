"""Mixing of unlabelled images: where each one takes the pixels of the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from methods.parts.boxes import between, paste

ROOM = 32  # classes that there is room for at least, so that a task of fewer has the draws of any other
CUT_SHARE = 0.5  # ACTION code augment.py @77730a7: the pasted rectangle covers half the image


def nowhere(classes: Tensor, number: int, rng: torch.Generator) -> Tensor:
    """Return false everywhere (N, H, W): nothing is mixed, and nothing is drawn."""
    return torch.zeros_like(classes, dtype=torch.bool)


def cutmix(classes: Tensor, number: int, rng: torch.Generator) -> Tensor:
    """Return true inside a random rectangle of each item of classes (N, H, W).

    The rectangle has half the image's area, a random aspect and place (French et al., BMVC 2020, box of a fixed area).
    """
    return _rectangles(classes.shape[0], classes.shape[-2], classes.shape[-1], rng, classes.device)


def cutmix_pixels(classes: Tensor, number: int, rng: torch.Generator) -> Tensor:
    """Return true inside a box of whole pixels, as the released code draws it, of each item of classes (N, H, W)."""
    return inside_boxes(wide_boxes(classes, rng), classes)


def wide_boxes(classes: Tensor, rng: torch.Generator) -> Tensor:
    """Return the row, column, height and width of a box for each item of classes (N, H, W), int64 (N, 4).

    The width is uniform between half the side and the side, both left out, and the height makes up half the area; the
    box lies anywhere in the image (ACTION code augment.py @77730a7).
    """
    count, height, width = classes.shape
    size, top, left = torch.rand(3, count, generator=rng, device=classes.device, dtype=torch.float64)
    wide = (size * (width - 1 - width // 2)).long() + width // 2 + 1
    tall = (CUT_SHARE * height * width / wide).round().long().clamp_max(height)
    row, column = (top * (height - tall + 1)).long(), (left * (width - wide + 1)).long()
    return torch.stack([row, column, tall, wide], 1)


def inside_boxes(boxes: Tensor, classes: Tensor) -> Tensor:
    """Return (N, H, W) bool, true inside the boxes (N, 4) of row, column, height, width; classes: (N, H, W)."""
    row, column, tall, wide = boxes.unsqueeze(2).unbind(1)
    height, width = classes.shape[1:]
    return between(height, row, tall).unsqueeze(2) & between(width, column, wide).unsqueeze(1)


def classmix(classes: Tensor, number: int, rng: torch.Generator) -> Tensor:
    """Return where the next item has one of half its classes (N, H, W int64) (Olsson et al., WACV 2021).

    Of an odd number of present classes one more is pasted.
    """
    following = classes.roll(-1, 0)
    present, rank = _shuffled(following, number, rng)
    chosen = present & (2 * rank < present.sum(1, keepdim=True))
    return chosen.gather(1, following.flatten(1)).view_as(classes)


def classmix_kept(classes: Tensor, number: int, rng: torch.Generator) -> Tensor:
    """Return where an item has none of the classes (N, H, W int64) that it keeps: half of its own, rounded down.

    All else comes from the next item (ACTION code augment.py @77730a7); of one class none is kept.
    """
    present, rank = _shuffled(classes, number, rng)
    kept = present & (rank < present.sum(1, keepdim=True) // 2)
    return ~kept.gather(1, classes.flatten(1)).view_as(classes)


MIXES: Mapping[str, Callable[[Tensor, int, torch.Generator], Tensor]] = {
    "none": nowhere,
    "cutmix": cutmix,
    "cutmix_pixels": cutmix_pixels,
    "classmix": classmix,
    "classmix_kept": classmix_kept,
}
"""By the classes of all items and how many a task has: where each takes the pixels of item i + 1, (N, H, W) bool."""


def pasted(inside: Tensor, tensors: Sequence[Tensor]) -> list[Tensor]:
    """Return each tensor (N, ..., H, W) with the pixels of item i + 1 where ``inside`` (N, H, W) is true of item i."""
    return [paste(inside, tensor.roll(-1, 0), tensor) for tensor in tensors]


def _shuffled(classes: Tensor, number: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return which classes each item has, (N, number or more), and their places in a random order, absent ones last."""
    bins = torch.arange(max(ROOM, number), device=classes.device)
    present = (classes.flatten(1).unsqueeze(2) == bins).any(1)
    order = torch.rand(present.shape, generator=rng, device=classes.device).masked_fill(~present, 2.0)
    return present, order.argsort(1).argsort(1)


def _rectangles(count: int, height: int, width: int, rng: torch.Generator, device: torch.device) -> Tensor:
    aspect, top, left = torch.rand(3, count, 1, generator=rng, device=device)
    tall = CUT_SHARE**aspect  # log-uniform height in [CUT_SHARE, 1]; the width makes up the area
    wide = CUT_SHARE / tall
    rows = torch.linspace(0, 1, height, device=device)
    columns = torch.linspace(0, 1, width, device=device)
    in_rows = (rows >= top * (1 - tall)) & (rows <= top * (1 - tall) + tall)
    in_columns = (columns >= left * (1 - wide)) & (columns <= left * (1 - wide) + wide)
    inside: Tensor = in_rows.unsqueeze(2) & in_columns.unsqueeze(1)
    return inside
