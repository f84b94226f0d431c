"""Ranks of configurations over patients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from results.statistics.paired import ALPHA
from results.statistics.scores import Scores


@dataclass(frozen=True)
class Ranking:
    """Mean rank over patients by name, 1 the best; Friedman's p-value; Nemenyi's critical difference in ranks."""

    ranks: Mapping[str, float]
    patients: int
    friedman_p: float
    critical_difference: float


def rank(scores: Mapping[str, Scores], higher_is_better: bool = True) -> Ranking | None:
    """Return mean ranks, each patient a block with the mean of its runs; None below three names or two patients."""
    from scipy import stats

    table = np.stack([one.by_patient.mean(0) for one in scores.values()]) if scores else np.empty((0, 0))
    table = table[:, np.isfinite(table).all(0)]
    count, patients = table.shape
    if count < 3 or patients < 2:
        return None
    ranks = stats.rankdata(-table if higher_is_better else table, axis=0).mean(1)
    friedman = float(stats.friedmanchisquare(*table).pvalue) if np.ptp(table, 0).any() else 1.0
    means = dict(zip(scores, (float(one) for one in ranks), strict=True))
    return Ranking(means, patients, friedman, critical_difference(count, patients))


def critical_difference(count: int, patients: int, alpha: float = ALPHA) -> float:
    """Return Nemenyi's distance of mean ranks that chance exceeds with probability alpha: Demsar, JMLR 2006, eq. 5."""
    from scipy import stats

    quantile = float(stats.studentized_range.ppf(1 - alpha, count, np.inf)) / np.sqrt(2)
    return float(quantile * np.sqrt(count * (count + 1) / (6 * patients)))
