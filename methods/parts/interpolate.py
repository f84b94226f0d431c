"""Interpolation between the items of a batch."""

from __future__ import annotations

import torch
from torch import Tensor


def beta_shares(items: Tensor, alpha: float, rng: torch.Generator) -> Tensor:
    """Return a share (N, 1, 1, 1) in [0, 1] for each item, from Beta(alpha, alpha): a gamma variate over two.

    torch's public distributions take no generator; the function beneath them does.
    """
    one, two = torch._standard_gamma(items.new_full((2, len(items), 1, 1, 1), alpha), generator=rng)
    share: Tensor = one / (one + two)
    return share


def interpolate(first: Tensor, second: Tensor, share: Tensor) -> Tensor:
    """Return (1 - share) first + share second."""
    return torch.lerp(first, second, share)
