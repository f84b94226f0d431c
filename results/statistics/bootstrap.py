"""Intervals by a two-level bootstrap: over patients and over runs.

Drawing both at once would count the residual of runs and patients three times: in the spread of patients, in that of
runs and in what the two do together (Owen, Annals of Applied Statistics 2007). So each level is drawn alone, and what
they do together is taken from the runs' part. Intervals then cover 93 to 97 % of planted values with three seeds or
more, and with two about 90 % of a mean's where seeds dominate. The price is paid in large families: of 18 equal methods
with three seeds each that vary, Holm tells some pair apart in 8 to 11 % of tables instead of 5; five seeds hold 5
(tests/results/statistics/test_calibration.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit  # what scipy.stats.t calls; that package takes longer to import than a page

from results.statistics.crossed import freedom
from results.statistics.scores import Array, Scores

RESAMPLES = 2_000
LEVEL = 0.95
UNBOUNDED = (-np.inf, np.inf)


@dataclass(frozen=True)
class Estimate:
    """A value, its standard error with degrees of freedom, and an interval of the level asked for."""

    value: float
    error: float
    freedom: float
    low: float
    high: float

    def p_of(self, null: float = 0.0) -> float:
        """Return the two-sided p-value of a null value, by the same standard error as the interval."""
        gap = abs(self.value - null)
        if not self.error > 0:
            return 1.0 if gap == 0 else 0.0
        return float(2 * stdtr(self.freedom, -gap / self.error))


@dataclass(frozen=True, eq=False)
class Draws:
    """Weights of resampled patients, (draws, patients), which all configurations of a table share."""

    patients: Array
    rng: np.random.Generator

    @classmethod
    def of(cls, patients: int, rng: np.random.Generator, resamples: int = RESAMPLES) -> Draws:
        """Draw patients; there must be two or more."""
        return cls(drawn(patients, rng, resamples), rng)

    def means(self, scores: Scores) -> Resampled:
        """Return means of resampled patients, of runs drawn anew, and what both do beyond; one run is always itself."""
        by_patient, plain = scores.weighted(self.patients), scores.per_run
        weights, equal = drawn(scores.runs, self.rng, len(by_patient)), np.ones((1, scores.runs))
        patients, runs = _over_runs(by_patient, equal), _over_runs(plain, weights)
        return Resampled(patients, runs, _over_runs(by_patient, weights) - patients - runs + _over_runs(plain, equal))


@dataclass(frozen=True, eq=False)
class Resampled:
    """Means of one configuration, each (draws,): patients drawn, runs drawn, and what is left of drawing both."""

    patients: Array
    runs: Array
    together: Array

    @property
    def among_runs(self) -> float:
        """What runs add to the mean's variance beyond the residual, which the patients' part holds already."""
        return max(0.0, variance(self.runs) - variance(self.together))


def interval(
    scores: Scores, draws: Draws, bounds: tuple[float, float] = UNBOUNDED, level: float = LEVEL
) -> Estimate | None:
    """Return the mean with its interval, cut to the metric's bounds.

    None for a single run, which has no interval over runs, and where nothing counts.
    """
    value = scores.mean()
    if scores.runs < 2 or not np.isfinite(value):
        return None
    found = draws.means(scores)
    spread = variance(found.patients) + found.among_runs
    return around(value, spread, freedom([scores.by_patient]), bounds, level)


def difference(first: Scores, second: Scores, draws: Draws, level: float = LEVEL) -> Estimate | None:
    """Return first minus second on the same resampled patients, runs of each drawn alone; None if one has one run."""
    value = first.mean() - second.mean()
    if min(first.runs, second.runs) < 2 or not np.isfinite(value):
        return None
    one, other = draws.means(first), draws.means(second)
    spread = variance(one.patients - other.patients) + one.among_runs + other.among_runs
    return around(value, spread, freedom([first.by_patient, second.by_patient]), UNBOUNDED, level)


def around(value: float, spread: float, free: float, bounds: tuple[float, float], level: float = LEVEL) -> Estimate:
    """Return a value with its standard error, given its variance, and Student's interval from it."""
    error = spread**0.5
    reach = float(stdtrit(free, 0.5 + level / 2)) * error
    low, high = bounds
    return Estimate(value, error, free, max(low, value - reach), min(high, value + reach))


def variance(draws: Array) -> float:
    """Return the variance of the draws in which anything counts, 0 of fewer than two."""
    known = draws[np.isfinite(draws)]
    return float(known.var(ddof=1)) if len(known) > 1 else 0.0


def _over_runs(per_run: Array, weights: Array) -> Array:
    """Return (draws,) means of (draws, runs) values, either of one draw for all; runs that don't count are left out."""
    known = np.isfinite(per_run)
    if known.all():
        whole: Array = (weights * per_run).sum(1) / weights.sum(1)
        return whole
    mass = (weights * known).sum(1)
    total = (weights * np.where(known, per_run, 0)).sum(1)
    means: Array = np.divide(total, mass, out=np.full(len(mass), np.nan), where=mass > 0)
    return means


def drawn(count: int, rng: np.random.Generator, resamples: int) -> Array:
    """Return (resamples, count) numbers of times each was drawn, n - 1 of n with replacement.

    With n draws the variance would be too small by (n - 1) / n, a third for three seeds: Rao & Wu, JASA 1988.
    """
    if count == 1:
        return np.ones((resamples, 1))
    return rng.multinomial(count - 1, np.full(count, 1 / count), size=resamples).astype(np.float64)
