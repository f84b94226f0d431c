"""Quarter turns of square images, drawn and made without asking the device how many."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor


def a_slice(images: Tensor, rng: torch.Generator) -> Tensor:
    """Return numbers of quarter turns (N,), 0 to 3, one for each of the images (N, C, S, S)."""
    return torch.randint(4, (len(images),), generator=rng, device=images.device)


def a_batch(images: Tensor, rng: torch.Generator) -> Tensor:
    """Return one number of quarter turns (1,), 0 to 3, for all images."""
    return torch.randint(4, (1,), generator=rng, device=images.device)


TURNS: Mapping[str, Callable[[Tensor, torch.Generator], Tensor]] = {"slice": a_slice, "batch": a_batch}


def turned(maps: Tensor, turns: Tensor) -> Tensor:
    """Return square maps (N, C, S, S), each turned counterclockwise by its number of quarter turns (N,), 0 to 3.

    turns of shape (1,) turn all alike.
    """
    turns = turns.view(-1, 1, 1, 1)
    maps = torch.where(turns >= 2, maps.flip((2, 3)), maps)
    return torch.where(turns % 2 == 1, maps.rot90(1, (2, 3)), maps)
