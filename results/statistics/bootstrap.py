"""Intervals by a two-level bootstrap: over patients and over runs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

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
        return float(2 * stats.t.sf(gap / self.error, self.freedom))


@dataclass(frozen=True, eq=False)
class Draws:
    """Weights of resampled patients, (draws, patients), which all configurations of a table share."""

    patients: Array
    rng: np.random.Generator

    @classmethod
    def of(cls, patients: int, rng: np.random.Generator, resamples: int = RESAMPLES) -> Draws:
        """Draw patients; there must be two or more."""
        return cls(drawn(patients, rng, resamples), rng)

    def means(self, scores: Scores) -> Array:
        """Return (draws,) means of resampled patients and, drawn anew, runs; a single run is always itself."""
        per_run = scores.weighted(self.patients)
        known = np.isfinite(per_run)
        weights = drawn(scores.runs, self.rng, len(per_run)) * known
        total, mass = (weights * np.where(known, per_run, 0)).sum(1), weights.sum(1)
        means: Array = np.divide(total, mass, out=np.full(len(mass), np.nan), where=mass > 0)
        return means


def interval(
    scores: Scores, draws: Draws, bounds: tuple[float, float] = UNBOUNDED, level: float = LEVEL
) -> Estimate | None:
    """Return the mean with its interval, cut to the metric's bounds.

    None for a single run, which has no interval over runs, and where nothing counts.
    """
    value = scores.mean()
    if scores.runs < 2 or not np.isfinite(value):
        return None
    return estimate(value, draws.means(scores), freedom([scores.by_patient()]), bounds, level)


def difference(first: Scores, second: Scores, draws: Draws, level: float = LEVEL) -> Estimate | None:
    """Return first minus second on the same resampled patients, runs of each drawn alone; None if one has one run."""
    value = first.mean() - second.mean()
    if min(first.runs, second.runs) < 2 or not np.isfinite(value):
        return None
    found = draws.means(first) - draws.means(second)
    return estimate(value, found, freedom([first.by_patient(), second.by_patient()]), UNBOUNDED, level)


def estimate(
    value: float, draws: npt.NDArray[np.float64], free: float, bounds: tuple[float, float], level: float
) -> Estimate:
    """Return a value with the spread of its resampled draws as standard error, and Student's interval from it."""
    known = draws[np.isfinite(draws)]
    error = float(known.std(ddof=1)) if len(known) > 1 else 0.0
    reach = float(stats.t.ppf(0.5 + level / 2, free)) * error
    low, high = bounds
    return Estimate(value, error, free, max(low, value - reach), min(high, value + reach))


def drawn(count: int, rng: np.random.Generator, resamples: int) -> Array:
    """Return (resamples, count) numbers of times each was drawn, n - 1 of n with replacement.

    With n draws the variance would be too small by (n - 1) / n, a third for three seeds: Rao & Wu, JASA 1988.
    """
    if count == 1:
        return np.ones((resamples, 1))
    return rng.multinomial(count - 1, np.full(count, 1 / count), size=resamples).astype(np.float64)
