"""Degrees of freedom of a mean over runs that all saw the same patients."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from results.statistics.scores import Array


def freedom(values: Sequence[Array]) -> float:
    """Return Satterthwaite's degrees of freedom of a mean, or of the difference of two means.

    values: one or two (runs, patients), the same patients in both. The variance is that of the patients' means
    (their differences for two) plus, for each, what its runs vary beyond patients and noise; every mean square has its
    own degrees of freedom, and the variance those of Satterthwaite, Biometrics 1946. Never fewer than the scarcest
    level has, and 1 where nothing varies.
    """
    known = np.isfinite(np.concatenate(values)).all(0)
    tables = [one[:, known] for one in values]
    patients = int(known.sum())
    if patients < 2:
        return 1.0
    means = [one.mean(0) for one in tables]
    gaps = means[0] if len(means) == 1 else means[0] - means[1]
    parts = [(float(gaps.var(ddof=1)) / patients, patients - 1)]
    for table in tables:
        parts += _runs(table)
    variance = sum(part for part, _ in parts)
    lost = sum(part**2 / free for part, free in parts)
    scarcest = min([patients, *(len(table) for table in tables)]) - 1
    return max(variance**2 / lost if lost > 0 else 1.0, float(scarcest), 1.0)


def _runs(table: Array) -> list[tuple[float, int]]:
    """Return what runs add to the variance of the mean: their mean square and the noise in it; nothing if less."""
    runs, patients = table.shape
    if runs < 2:
        return []
    rest = table - table.mean(1, keepdims=True) - table.mean(0, keepdims=True) + table.mean()
    between = patients * float(table.mean(1).var(ddof=1))
    noise = float((rest**2).sum()) / ((runs - 1) * (patients - 1))
    if between <= noise:
        return []
    size = runs * patients
    return [(between / size, runs - 1), (-noise / size, (runs - 1) * (patients - 1))]
