"""Weights that grow over training."""

import math

from torch import Tensor

from methods.base import Clock


def sigmoid_ramp(progress: float, length: float) -> float:
    """Return exp(-5 (1 - x)^2) with x = progress / length in [0, 1]; 1 where length is 0 (Laine & Aila, ICLR 2017)."""
    x = min(progress / length, 1.0) if length > 0 else 1.0
    return math.exp(-5 * (1 - x) ** 2)


def staircase(clock: Clock, steps: int) -> float:
    """Return the progress at the last of ``steps`` equal steps of the stage; the progress itself where there are none.

    SSL4MIS, every train_*_2D.py @06df604, has 200: it counts in 150 of 30,000 updates.
    """
    return clock.update * steps // clock.total / steps if steps else clock.progress


def ramped(clock: Clock, weight: float, length: float, steps: int = 0) -> float | Tensor:
    """Return a weight that grows over a fraction of the stage: in equal steps, or smoothly where there are none."""
    return clock.number(lambda at: weight * sigmoid_ramp(staircase(at, steps), length))
