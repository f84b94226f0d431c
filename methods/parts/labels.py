"""Class indices as membership."""

from __future__ import annotations

import torch
from torch import Tensor


def one_hot(classes: Tensor, count: int, counted: Tensor | None = None) -> Tensor:
    """Return 0/1 membership (N, count, H, W) of classes (N, H, W), zero where a pixel is not counted or IGNORED."""
    membership = (classes.unsqueeze(1) == torch.arange(count, device=classes.device).view(-1, 1, 1)).float()
    return membership if counted is None else membership * counted.unsqueeze(1)
