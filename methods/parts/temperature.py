"""Temperatures that change over training (ACTION++ section 2, arXiv 2304.02689)."""

import math


def cosine_temperature(progress: float, low: float, high: float, period: float) -> float:
    """Return low + (high - low) (1 + cos(2 pi progress / period)) / 2: high at 0, low half a period on, and so on.

    progress and period (above 0) are fractions of all updates. Paper: 0.1 to 1.0, period 1. Released code: period 0.1,
    and one value an epoch.
    """
    return low + 0.5 * (1 + math.cos(2 * math.pi * progress / period)) * (high - low)
