"""Quarter turns of square images, without asking the device how many."""

from __future__ import annotations

import torch
from torch import Tensor


def turned(maps: Tensor, turns: Tensor) -> Tensor:
    """Return square maps (N, C, S, S), each turned counterclockwise by its number of quarter turns (N,), 0 to 3."""
    turns = turns.view(-1, 1, 1, 1)
    maps = torch.where(turns >= 2, maps.flip((2, 3)), maps)
    return torch.where(turns % 2 == 1, maps.rot90(1, (2, 3)), maps)
