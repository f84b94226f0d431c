"""Interpolation between the items of a batch."""

from __future__ import annotations

import torch
from torch import Tensor


def beta_shares(count: int, alpha: float, rng: torch.Generator, device: torch.device) -> Tensor:
    """Return shares (count, 1, 1, 1) in [0, 1] from Beta(alpha, alpha): a gamma variate over the sum of two.

    torch's public distributions take no generator; the function beneath them does.
    """
    one, two = torch._standard_gamma(torch.full((2, count, 1, 1, 1), alpha, device=device), generator=rng)
    share: Tensor = one / (one + two)
    return share


def interpolate(first: Tensor, second: Tensor, share: Tensor) -> Tensor:
    """Return (1 - share) first + share second."""
    return torch.lerp(first, second, share)
