"""Perturbation of features by channel."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def drop_channels(maps: Sequence[Tensor], probability: float, rng: torch.Generator) -> list[Tensor]:
    """Return maps (N, C, h, w) with whole channels at 0, each with a probability, and the others grown to make up."""
    dropped = []
    for level in maps:
        uniform = torch.rand(*level.shape[:2], 1, 1, generator=rng, device=level.device)
        dropped.append(level * (uniform >= probability).to(level.dtype) / (1 - probability))
    return dropped
