"""Learning rate schedules: the factor on an optimiser's initial rate at each update of a stage."""

from __future__ import annotations

from methods.base import Clock


def polynomial_decay(clock: Clock, power: float, lag: int = 0) -> float:
    """Return (1 - update / total) ** power: 1 at a stage's first update, near 0 at its last; 1 throughout at power 0.

    power: at least 0. SSL4MIS, every train_*_2D.py @06df604: 0.9. lag: updates by which it comes later.
    """
    return float((1 - max(clock.update - lag, 0) / clock.total) ** power)


def constant(clock: Clock) -> float:
    """Return 1: the rate stays as it is."""
    return 1.0
