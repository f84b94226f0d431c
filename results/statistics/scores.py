"""Scores of one configuration: runs x patients x structures, a patient's cases summed up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

ONE_THREAD = 2**18
"""Products of a matrix multiplication up to which BLAS starts no threads, which at these sizes wait more than work."""
LANES = 8
"""Rows that BLAS takes at once: parts of so many give the same sums as all rows together."""


def blocks(draws: int, products: int) -> Iterator[slice]:
    """Yield parts of the draws, each of ONE_THREAD products at most where one draw has so many."""
    parts = max(1, -(-draws * products // ONE_THREAD))
    rows = -(-draws // (LANES * parts)) * LANES
    return (slice(begin, begin + rows) for begin in range(0, draws, rows))


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

    def of_runs(self, index: Sequence[int]) -> Scores:
        """Return the scores of some runs, in this order."""
        return Scores(self.total[list(index)], self.count[list(index)])

    @cached_property
    def per_run(self) -> Array:
        """What a table prints for each run, (1, runs); NaN where nothing counts."""
        return self.weighted(np.ones((1, self.patients)))

    @cached_property
    def by_patient(self) -> Array:
        """Means over the structures of a patient's mean, (runs, patients); NaN where nothing counts."""
        return _mean_over_structures(self.total, self.count)

    def weighted(self, weights: Array) -> Array:
        """Return (draws, runs) means over cases, then structures, of patients weighted by (draws, patients)."""
        count = self.count[:1] if (self.count == self.count[:1]).all() else self.count
        return _mean_over_structures(_weighted(weights, self.total), _weighted(weights, count))

    def mean(self) -> float:
        """Return the mean over runs of what a table prints for each; NaN where nothing counts."""
        known = self.per_run[np.isfinite(self.per_run)]
        return float(known.mean()) if known.size else float("nan")


def _weighted(weights: Array, values: Array) -> Array:
    """Return (draws, runs, structures) sums over patients."""
    runs, patients, structures = values.shape
    flat = values.transpose(0, 2, 1).reshape(runs * structures, patients)
    parts = [(flat @ weights[part].T).T for part in blocks(len(weights), values.size)]
    return np.concatenate(parts).reshape(len(weights), runs, structures)


def _mean_over_structures(total: Array, count: Array) -> Array:
    """Return the means over the last axis. count: one for all runs where they count the same cases."""
    seen = count > 0
    if total.shape[-1] == 1:
        alone: Array = np.full(total.shape[:-1], np.nan)
        return np.divide(total[..., 0], count[..., 0], out=alone, where=seen[..., 0])
    means = np.divide(total, count, out=np.zeros_like(total), where=seen).sum(-1)
    known = seen.sum(-1)
    average: Array = np.divide(means, known, out=np.full(means.shape, np.nan), where=known > 0)
    return average
