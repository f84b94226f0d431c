"""Where the values of one new run should lie, by those of some runs before it."""

from __future__ import annotations

import numpy as np

from results.statistics.scores import Array


def prediction_intervals(values: Array, level: float) -> tuple[Array, Array]:
    """Return low and high (points,) that hold all values of one new run with at least this probability.

    values: (runs, points), of two runs or more, each run's values drawn from the same normal distributions as the new
    one's. At each point Student's t interval for one new observation, mean +- t * s * sqrt(1 + 1 / runs), at the level
    1 - (1 - level) / points (Bonferroni): however the points hang together, together they err no more often.
    """
    if not np.isfinite(values).all():
        raise ValueError("values: expected finite numbers; leave out what does not count")
    runs, points = values.shape
    half = reach(runs, points, level) * values.std(0, ddof=1)
    return values.mean(0) - half, values.mean(0) + half


def reach(runs: int, points: int, level: float) -> float:
    """Return how many standard deviations of the runs the intervals reach to either side of their mean."""
    from scipy.special import stdtrit  # scipy.stats takes a second to import

    if runs < 2 or not 0 < level < 1:
        raise ValueError(f"{runs} runs at level {level}: expected two or more, and a level between 0 and 1")
    return float(stdtrit(runs - 1, 1 - (1 - level) / (2 * points)) * np.sqrt(1 + 1 / runs))
