"""Two configurations on the same patients: is one better, by how much, how often?"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from results.statistics.bootstrap import Draws, Estimate, around, difference, drawn, variance
from results.statistics.crossed import freedom
from results.statistics.scores import Array, Scores, blocks

PERMUTATIONS = 99_999
ENUMERATED = 30
"""Patients up to which all assignments of signs are counted, so that no sample's size bounds a p-value."""
ALPHA = 0.05


@dataclass(frozen=True)
class Comparison:
    """First against second.

    gap: difference of means with its interval over patients and runs; None if one has a single run, when only means are
    compared. p_patients: paired permutation over patients, networks as they are. p_runs: over patients and runs.
    effect: mean paired difference of the runs' means in standard deviations over patients, Hedges' correction; more
    runs leave less noise in a patient's mean and make it larger. improvement: probability that a run of the first
    beats one of the second on a patient, ties half, as where none counts in both; its interval is None for a single run
    and where all or none win, since draws of such wins have no spread.
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
        """The larger of both: a difference has to show over patients and over runs.

        1 where they point opposite ways: means weigh cases and structures alike, permutations patients.
        """
        return 1.0 if self.difference * self.effect < 0 else max(self.p_patients, self.p_runs or 0.0)


def compare(first: Scores, second: Scores, draws: Draws, permutations: int = PERMUTATIONS) -> Comparison:
    """Return all that is said of a pair.

    Permutation, effect and improvement are of the patients that count in both; difference and gap are of means as
    tables print them, in which each has its own.
    """
    mine, theirs = first.by_patient, second.by_patient
    gaps = mine.mean(0) - theirs.mean(0)
    gaps = gaps[np.isfinite(gaps)]
    often, between = _improvement(mine, theirs, draws)
    return Comparison(
        first.mean() - second.mean(),
        difference(first, second, draws),
        permuted(gaps, draws.rng, permutations),
        effect(gaps),
        often,
        between if min(first.runs, second.runs) > 1 and 0 < often < 1 else None,
    )


def permuted(gaps: npt.NDArray[np.float64], rng: np.random.Generator, permutations: int = PERMUTATIONS) -> float:
    """Return the two-sided p-value of (patients,) paired differences when each might as well have the other sign.

    Exact up to ENUMERATED patients, else of that many random assignments of signs and the one found.
    """
    least = abs(float(gaps.sum())) - 1e-12 * float(np.abs(gaps).sum())  # less what rounding may take
    if len(gaps) < 2 or least <= 0:
        return 1.0
    if len(gaps) <= ENUMERATED:
        return _as_far(gaps, least) / 2.0 ** len(gaps)
    sums = (2.0 * rng.integers(0, 2, (permutations, len(gaps)), np.int8) - 1) @ gaps
    return (int((np.abs(sums) >= least).sum()) + 1) / (permutations + 1)


def _as_far(gaps: npt.NDArray[np.float64], least: float) -> int:
    """Return how many of all assignments of signs have a sum that far from 0.

    Sums of one half of the gaps are looked up among those of the other half: Horowitz & Sahni, J. ACM 1974.
    """
    half = len(gaps) // 2
    some, others = _all_signs(gaps[:half]), np.sort(_all_signs(gaps[half:]))
    above = len(others) - np.searchsorted(others, least - some, side="left")
    below = np.searchsorted(others, -least - some, side="right")
    return int((above + below).sum())


def _all_signs(gaps: npt.NDArray[np.float64]) -> Array:
    """Return the sums of (gaps,) with every assignment of signs, 2 to their number."""
    sums = np.zeros(1)
    for gap in gaps:
        sums = np.concatenate([sums + gap, sums - gap])
    return sums


def effect(gaps: npt.NDArray[np.float64]) -> float:
    """Return the mean of paired differences in their standard deviations, corrected for few patients (Hedges 1981)."""
    count = len(gaps)
    deviation = float(gaps.std(ddof=1)) if count > 1 else 0.0
    if not deviation > 0:
        return 0.0 if count == 0 or gaps.mean() == 0 else float(np.copysign(np.inf, gaps.mean()))
    return float(gaps.mean()) / deviation * (1 - 3 / (4 * (count - 1) - 1))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for their number by Holm's step-down."""
    if not p_values:
        return []
    from statsmodels.stats.multitest import multipletests

    gc.freeze()  # statsmodels collects garbage at each call, which with many records held takes a tenth of a second
    try:
        return [float(p) for p in multipletests(list(p_values), alpha=ALPHA, method="holm")[1]]
    finally:
        gc.unfreeze()


def _improvement(mine: Array, theirs: Array, draws: Draws) -> tuple[float, tuple[float, float] | None]:
    """Return the share of wins over pairs of runs and patients (Agarwal et al., NeurIPS 2021), with its interval.

    Patients and runs are drawn at once, so that the residual counts more than once: the interval is wide on purpose, as
    draws of shares near 0 and 1 spread too little. There, with seeds that vary much, it covers 86 %, else 90 or more.
    """
    known = np.isfinite(mine).all(0) & np.isfinite(theirs).all(0)
    if not known.any():
        return 0.5, None
    above = mine[:, None, known] - theirs[None, :, known]
    wins = (above > 0) + 0.5 * (above == 0)
    patients = draws.patients[:, known]
    count = len(patients)
    first, second = (drawn(len(one), draws.rng, count) for one in (mine, theirs))
    parts = blocks(count, wins.size)
    won = np.concatenate([_won(first[part], second[part], patients[part], wins) for part in parts])
    mass = first.sum(1) * second.sum(1) * patients.sum(1)
    shares = np.divide(won, mass, out=np.full(count, np.nan), where=mass > 0)
    found = around(float(wins.mean()), variance(shares), freedom([mine, theirs]), (0.0, 1.0))
    return found.value, (found.low, found.high)


def _won(first: Array, second: Array, patients: Array, wins: Array) -> Array:
    """Return (draws,) sums of (runs, runs, patients) wins by the weights of each; any order adds halves up alike.

    The runs of the second are summed over by one multiplication of matrices.
    """
    mine, theirs, count = wins.shape
    left = second @ wins.transpose(1, 0, 2).reshape(theirs, mine * count)
    found: Array = (first[:, :, None] * left.reshape(-1, mine, count)).sum(1)
    won: Array = (found * patients).sum(1)
    return won
