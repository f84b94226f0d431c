"""Dropout whose mask costs a quarter of torch's draws on the CPU."""

from __future__ import annotations

import torch
from torch import Tensor, nn

LEVELS = 1 << 16  # a value is kept by 16 random bits of its own, so a probability is off by at most half of 1 / LEVELS


class Dropout(nn.Dropout):
    """``nn.Dropout``, but that on the CPU a draw of torch's numbers serves four values."""

    def forward(self, features: Tensor) -> Tensor:
        """Return features, each value lost with the probability and scaled up otherwise; in evaluation as they are."""
        if features.device.type != "cpu" or not self.training or not 0 < self.p < 1:
            return super().forward(features)
        return features * (kept(features, self.p) / (1 - self.p))


def kept(features: Tensor, probability: float) -> Tensor:
    """Return 1 where a value of features stays and 0 where it is lost, drawn from torch's numbers in their layout."""
    mask = torch.empty_like(features)
    draws = torch.empty(-(-mask.numel() // 4), dtype=torch.int64).random_(-(2**63), None).view(torch.int16)
    above = draws[: mask.numel()].ge_(round(probability * LEVELS) - LEVELS // 2)
    return mask.copy_(above.as_strided(mask.size(), mask.stride()))
