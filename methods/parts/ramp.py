"""Weights that grow over training."""

import math


def sigmoid_ramp(progress: float, length: float) -> float:
    """Return exp(-5 (1 - x)^2) with x = progress / length in [0, 1]; 1 where length is 0 (Laine & Aila, ICLR 2017)."""
    x = min(progress / length, 1.0) if length > 0 else 1.0
    return math.exp(-5 * (1 - x) ** 2)
