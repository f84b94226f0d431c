"""Mixing of unlabelled images."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

MOST_CLASSES = 32  # room for the classes of a task; presence is counted without asking the device for their number
CUT_SHARE = 0.5  # ACTION code augment.py @77730a7: the pasted rectangle covers half the image


def cutmix(tensors: Sequence[Tensor], rng: torch.Generator) -> list[Tensor]:
    """Paste one random rectangle of item i + 1 into item i, the same in each tensor (N, ..., H, W).

    The rectangle has half the image's area, a random aspect and place (French et al., BMVC 2020, box of a fixed area).
    """
    first = tensors[0]
    inside = _rectangles(first.shape[0], first.shape[-2], first.shape[-1], rng, first.device)
    return [_paste(tensor, inside) for tensor in tensors]


def classmix(tensors: Sequence[Tensor], rng: torch.Generator) -> list[Tensor]:
    """Paste half of item i + 1's classes into item i, the same pixels in each tensor (Olsson et al., WACV 2021).

    tensors: the second holds the classes (N, H, W) int64. Of an odd number of present classes one more is pasted.
    """
    classes = tensors[1].roll(-1, 0)
    bins = torch.arange(MOST_CLASSES, device=classes.device)
    present = (classes.flatten(1).unsqueeze(2) == bins).any(1)
    order = torch.rand(present.shape, generator=rng, device=classes.device).masked_fill(~present, 2.0)
    rank = order.argsort(1).argsort(1)
    chosen = present & (2 * rank < present.sum(1, keepdim=True))
    inside = chosen.gather(1, classes.flatten(1)).view_as(classes)
    return [_paste(tensor, inside) for tensor in tensors]


def unmixed(tensors: Sequence[Tensor], rng: torch.Generator) -> list[Tensor]:
    """Return the tensors as they are."""
    return list(tensors)


MIXES: Mapping[str, Callable[[Sequence[Tensor], torch.Generator], list[Tensor]]] = {
    "none": unmixed,
    "cutmix": cutmix,
    "classmix": classmix,
}


def _paste(tensor: Tensor, inside: Tensor) -> Tensor:
    mask = inside if tensor.dim() == 3 else inside.unsqueeze(1)
    return torch.where(mask, tensor.roll(-1, 0), tensor)


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
