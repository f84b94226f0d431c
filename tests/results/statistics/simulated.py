"""Scores drawn from a known model: every run and every patient has an effect, and every pair of them noise."""

import numpy as np

from results.statistics.scores import Scores


def scores(
    rng: np.random.Generator,
    patients: np.ndarray,
    runs: int,
    mean: float = 0.0,
    run_sd: float = 2.0,
    own_sd: float = 2.0,
    noise_sd: float = 3.0,
) -> Scores:
    """Return runs on (patients,) difficulties that all methods share; own_sd: how patients suit a method, or not."""
    count = len(patients)
    values = mean + patients + rng.normal(0, own_sd, (1, count)) + rng.normal(0, run_sd, (runs, 1))
    values = values + rng.normal(0, noise_sd, (runs, count))
    return of(values)


def of(values: np.ndarray) -> Scores:
    """Return (runs, patients) values as scores of one structure with two cases a patient."""
    return Scores(2 * values[..., None], np.full((*values.shape, 1), 2.0))
