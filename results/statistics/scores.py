"""Scores of one configuration: runs x patients x structures, a patient's cases summed up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Scores:
    """Sums of a metric over a patient's counted cases, and how many these are.

    total, count: (runs, patients, structures). A patient's cases are one unit: two frames of a heart are no two hearts.
    """

    total: Array
    count: Array

    @property
    def runs(self) -> int:
        """How many runs there are."""
        return int(self.total.shape[0])

    @property
    def patients(self) -> int:
        """How many test patients there are."""
        return int(self.total.shape[1])

    def structure(self, index: int) -> Scores:
        """Return the scores of one structure alone."""
        return Scores(self.total[:, :, [index]], self.count[:, :, [index]])

    def by_patient(self) -> Array:
        """Return (runs, patients) means over the structures of a patient's mean; NaN where nothing counts."""
        return _mean_over_structures(self.total, self.count)

    def weighted(self, weights: Array) -> Array:
        """Return (draws, runs) means over cases, then structures, of patients weighted by (draws, patients)."""
        total = np.einsum("bp,rps->brs", weights, self.total, optimize=True)
        count = np.einsum("bp,rps->brs", weights, self.count, optimize=True)
        return _mean_over_structures(total, count)

    def mean(self) -> float:
        """Return the mean over runs of what a table prints for each; NaN where nothing counts."""
        per_run = self.weighted(np.ones((1, self.patients)))
        known = per_run[np.isfinite(per_run)]
        return float(known.mean()) if known.size else float("nan")


def _mean_over_structures(total: Array, count: Array) -> Array:
    seen = count > 0
    means = np.divide(total, count, out=np.zeros_like(total), where=seen)
    known = seen.sum(-1)
    average: Array = np.divide(means.sum(-1), known, out=np.full(known.shape, np.nan), where=known > 0)
    return average
