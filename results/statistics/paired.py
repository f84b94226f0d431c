"""Two configurations on the same patients: is one better, by how much, how often?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from results.statistics.bootstrap import LEVEL, Draws, Estimate, difference, drawn, estimate
from results.statistics.crossed import freedom
from results.statistics.scores import Array, Scores

PERMUTATIONS = 9_999
ALPHA = 0.05


@dataclass(frozen=True)
class Comparison:
    """First against second.

    gap: difference of means with its interval over patients and runs; None if one has a single run, when only means are
    compared. p_patients: paired permutation over patients, networks as they are. p_runs: over patients and runs.
    effect: mean paired difference in standard deviations over patients, Hedges' correction. improvement: probability
    that a run of the first beats one of the second on a patient, ties half.
    """

    difference: float
    gap: Estimate | None
    p_patients: float
    effect: float
    improvement: float
    improvement_interval: tuple[float, float] | None

    @property
    def p_runs(self) -> float | None:
        """The p-value over patients and runs, None where one has a single run."""
        return None if self.gap is None else self.gap.p_of(0.0)

    @property
    def p(self) -> float:
        """The larger of both: a difference has to show over patients and over runs."""
        return max(self.p_patients, self.p_runs or 0.0)


def compare(first: Scores, second: Scores, draws: Draws, permutations: int = PERMUTATIONS) -> Comparison:
    """Return all that is said of a pair; the patients are those that count in both."""
    mine, theirs = first.by_patient(), second.by_patient()
    gaps = mine.mean(0) - theirs.mean(0)
    gaps = gaps[np.isfinite(gaps)]
    often, between = _improvement(mine, theirs, draws)
    return Comparison(
        first.mean() - second.mean(),
        difference(first, second, draws),
        permuted(gaps, draws.rng, permutations),
        effect(gaps),
        often,
        between if min(first.runs, second.runs) > 1 else None,
    )


def permuted(gaps: npt.NDArray[np.float64], rng: np.random.Generator, permutations: int = PERMUTATIONS) -> float:
    """Return the two-sided p-value of (patients,) paired differences when each might as well have the other sign."""
    if len(gaps) < 2 or not np.any(gaps):
        return 1.0
    found = stats.permutation_test(
        (gaps,), np.mean, permutation_type="samples", n_resamples=permutations, vectorized=True, axis=0, rng=rng
    )
    return float(found.pvalue)


def effect(gaps: npt.NDArray[np.float64]) -> float:
    """Return the mean of paired differences in their standard deviations, corrected for few patients (Hedges 1981)."""
    count = len(gaps)
    deviation = float(gaps.std(ddof=1)) if count > 1 else 0.0
    if not deviation > 0:
        return 0.0 if count == 0 or gaps.mean() == 0 else float(np.copysign(np.inf, gaps.mean()))
    return float(gaps.mean()) / deviation * (1 - 3 / (4 * (count - 1) - 1))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for their number by Holm's step-down."""
    from statsmodels.stats.multitest import multipletests

    if not p_values:
        return []
    return [float(p) for p in multipletests(list(p_values), alpha=ALPHA, method="holm")[1]]


def _improvement(mine: Array, theirs: Array, draws: Draws) -> tuple[float, tuple[float, float]]:
    """Return the share of wins over pairs of runs and patients (Agarwal et al., NeurIPS 2021), with its interval."""
    known = np.isfinite(mine).all(0) & np.isfinite(theirs).all(0)
    above = mine[:, None, known] - theirs[None, :, known]
    wins = (above > 0) + 0.5 * (above == 0)
    patients = draws.patients[:, known]
    count = len(patients)
    first, second = (drawn(len(one), draws.rng, count) for one in (mine, theirs))
    won = np.einsum("bi,bj,bp,ijp->b", first, second, patients, wins, optimize=True)
    mass = first.sum(1) * second.sum(1) * patients.sum(1)
    shares = np.divide(won, mass, out=np.full(count, np.nan), where=mass > 0)
    found = estimate(float(wins.mean()), shares, freedom([mine, theirs]), (0.0, 1.0), LEVEL)
    return found.value, (found.low, found.high)
