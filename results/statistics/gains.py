"""Gains of cross-validation: one configuration beside another on patients that were each held out once.

A fold's patients share the networks that were trained for it, so that they are alike beyond what patients are: with
noise of training as large as a patient's spread, a test over 180 patients alone errs in two thirds of tables instead of
5 %. So a gain has to show over patients and over folds (tests/results/statistics/test_gains.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from results.statistics.bootstrap import UNBOUNDED, Estimate, around
from results.statistics.scores import Array, Scores

Word = Literal["worth it", "not shown", "harmful"]
LEVEL = 0.95
POWER = 0.8


@dataclass(frozen=True)
class Gain:
    """A mean difference of paired patients with its interval, in the metric's unit.

    detectable: the least true gain that such an experiment shows with a probability of POWER, by the spread that was
    seen; infinite where there is no interval. patients: that count in both. folds: that these are of. by: whose spread
    makes the interval, the wider one's.
    """

    value: float
    low: float
    high: float
    detectable: float
    patients: int
    folds: int
    by: Literal["patients", "folds"]


def gain(
    first: Scores,
    second: Scores,
    folds: npt.NDArray[np.int64],
    tests: int = 1,
    bounds: tuple[float, float] = UNBOUNDED,
) -> Gain:
    """Return first minus second over (patients,) numbers of the folds in which each was held out.

    Runs of each are seeds, whose mean is a patient's score. tests: how many gains are looked at together; each interval
    has the level that lets all of them hold at once (Bonferroni), and is cut to the bounds of a difference. Unbounded
    where fewer than two folds count.
    """
    gaps = patient_means(first) - patient_means(second)
    known = np.isfinite(gaps)
    gaps, folds = gaps[known], folds[known]
    patients, of_folds = len(gaps), len(np.unique(folds))
    if of_folds < 2:
        value = float(gaps.mean()) if patients else float("nan")
        return Gain(value, *UNBOUNDED, float("inf"), patients, of_folds, "folds")
    level = 1 - (1 - LEVEL) / tests
    over_patients, over_folds = _over_patients(gaps, level), _over_folds(gaps, folds, level)
    wider, by = (over_folds, "folds") if _reach(over_folds) > _reach(over_patients) else (over_patients, "patients")
    least = max(_detectable(one, level) for one in (over_patients, over_folds))
    low, high = max(bounds[0], wider.low), min(bounds[1], wider.high)
    return Gain(wider.value, low, high, least, patients, of_folds, by)  # type: ignore[arg-type]


def word(over_twin: Gain, over_supervised: Gain, over_strong: Gain) -> Word:
    """Return what may be said of a method: above all three is worth it, below twin or supervised training is harmful.

    Above both recipes of supervised training is above the better one, whichever that is: nothing is chosen by their
    scores, and what asks for all of several gains errs no more often than what asks for one. A stronger recipe that is
    above the method is no harm that unlabelled images do.
    """
    if over_twin.low > 0 and over_supervised.low > 0 and over_strong.low > 0:
        return "worth it"
    return "harmful" if over_twin.high < 0 or over_supervised.high < 0 else "not shown"


def is_recipe(over_control: Gain, control_over_supervised: Gain) -> bool:
    """Return whether what a method has beside unlabelled images is shown to gain, and the method not to gain on it.

    The control is its twin, which has its batches and passes, or a stronger recipe of supervised training. What the
    method adds must be the smaller part: a gain that is larger, and not shown for its spread, is no sign of the recipe.
    """
    gained = control_over_supervised
    return gained.low > 0 and over_control.low <= 0 and over_control.value < gained.value


def is_recipes_cost(over_control: Gain, control_over_supervised: Gain) -> bool:
    """Return whether what a method has beside unlabelled images is shown to lose, and the method not to lose on it.

    What the method loses beyond its control must be the smaller part, as of gains.
    """
    lost = control_over_supervised
    return lost.high < 0 and over_control.high >= 0 and over_control.value > lost.value


def patient_means(scores: Scores) -> Array:
    """Return (patients,) means over the seeds in which a patient counts; NaN where none does."""
    values = scores.by_patient
    known = np.isfinite(values)
    total = np.where(known, values, 0).sum(0)
    means: Array = np.divide(total, known.sum(0), out=np.full(len(total), np.nan), where=known.any(0))
    return means


def _over_patients(gaps: Array, level: float) -> Estimate:
    return around(float(gaps.mean()), float(gaps.var(ddof=1)) / len(gaps), len(gaps) - 1, UNBOUNDED, level)


def _over_folds(gaps: Array, folds: npt.NDArray[np.int64], level: float) -> Estimate:
    """Return the mean over patients with the mean square between folds: of patients and of all that a fold shares."""
    value = float(gaps.mean())
    names = np.unique(folds)
    square = sum(float((folds == one).sum()) * (float(gaps[folds == one].mean()) - value) ** 2 for one in names)
    return around(value, square / (len(names) - 1) / len(gaps), len(names) - 1, UNBOUNDED, level)


def _reach(estimate: Estimate) -> float:
    return estimate.high - estimate.low


def _detectable(estimate: Estimate, level: float) -> float:
    quantiles = (float(stdtrit(estimate.freedom, share)) for share in (0.5 + level / 2, POWER))
    return sum(quantiles) * estimate.error
