"""Perturbation of features by channel."""

from __future__ import annotations

import torch
from torch import Tensor


def draw_channels(maps: Tensor, probability: float, rng: torch.Generator) -> Tensor:
    """Return which channels of maps (N, C, h, w) stay, (N, C) bool; probability: of losing one."""
    return torch.rand(*maps.shape[:2], generator=rng, device=maps.device) >= probability


def with_channels(maps: Tensor, kept: Tensor, probability: float) -> Tensor:
    """Return maps (N, C, h, w) with channels that are not kept (N, C) at 0, and the others grown to make up."""
    return maps * kept[:, :, None, None].to(maps.dtype) / (1 - probability)
