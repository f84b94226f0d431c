"""Where the variance is: components of a full crossing of training factors, all scored on the same patients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy import stats

from results.statistics.bootstrap import LEVEL
from results.statistics.scores import Array

COMBINED, PATIENTS, RESIDUAL = "combinations", "patients", "residual"
Term = tuple[float, float, int]
"""Coefficient, mean square and degrees of freedom."""


@dataclass(frozen=True)
class Component:
    """A variance with its interval, none of them below 0, in squared units of the scores.

    estimate: as the mean squares have it, which can be negative where the truth is small. levels: how many were tried.
    """

    name: str
    estimate: float
    low: float
    high: float
    levels: int

    @property
    def variance(self) -> float:
        """The estimate, 0 where it is negative."""
        return max(0.0, self.estimate)


def components(values: Array, factors: Sequence[str]) -> list[Component]:
    """Return the components of (levels of each factor..., patients) scores; every factor needs two levels or more.

    Model: every factor, the patients, and each factor with the patients have a random effect; what the factors do in
    combination is one effect of the run, the rest the residual. Expected mean squares: Searle, Casella & McCulloch,
    Variance Components, 1992, chapter 4.
    """
    shape, patients = values.shape[:-1], values.shape[-1]
    if len(factors) != len(shape) or len(factors) < 2 or min(values.shape) < 2:
        raise ValueError(f"scores {values.shape} of {len(factors)} factors: expected two factors or more of two levels")
    squares, free = _sums_of_squares(values, factors)
    mean = {name: squares[name] / free[name] for name in squares}
    runs = int(np.prod(shape))

    def solved(name: str, size: float, terms: Mapping[str, int], levels: int) -> Component:
        return _component(name, [(sign / size, mean[one], free[one]) for one, sign in terms.items()], levels)

    found: list[Component] = []
    for factor, levels in zip(factors, shape, strict=True):
        terms = {factor: 1, _with_patients(factor): -1, COMBINED: -1, RESIDUAL: 1}
        found.append(solved(factor, values.size / levels, terms, levels))
    found.append(solved(COMBINED, patients, {COMBINED: 1, RESIDUAL: -1}, runs))
    crossed = {_with_patients(factor): -1 for factor in factors}
    found.append(solved(PATIENTS, runs, {PATIENTS: 1, **crossed, RESIDUAL: len(factors) - 1}, patients))
    for factor, levels in zip(factors, shape, strict=True):
        terms = {_with_patients(factor): 1, RESIDUAL: -1}
        found.append(solved(_with_patients(factor), runs / levels, terms, levels))
    return [*found, solved(RESIDUAL, 1, {RESIDUAL: 1}, values.size)]


def _with_patients(factor: str) -> str:
    return f"{PATIENTS} x {factor}"


def _sums_of_squares(values: Array, factors: Sequence[str]) -> tuple[dict[str, float], dict[str, int]]:
    """Return sums of squares and degrees of freedom of every effect of the model."""
    last = values.ndim - 1
    squares, free = {}, {}
    for axis, factor in enumerate(factors):
        squares[factor], free[factor] = _effect(values, (axis,))
        squares[_with_patients(factor)], free[_with_patients(factor)] = _effect(values, (axis, last))
    squares[PATIENTS], free[PATIENTS] = _effect(values, (last,))
    runs = values.mean(-1)
    among = values.shape[-1] * float(((runs - runs.mean()) ** 2).sum())
    squares[COMBINED] = among - sum(squares[factor] for factor in factors)
    free[COMBINED] = runs.size - 1 - sum(free[factor] for factor in factors)
    squares[RESIDUAL] = float(((values - values.mean()) ** 2).sum()) - sum(squares.values())
    free[RESIDUAL] = values.size - 1 - sum(free.values())
    return squares, free


def _effect(values: Array, axes: tuple[int, ...]) -> tuple[float, int]:
    """Return the sum of squares of the interaction of some axes, by inclusion and exclusion of their means."""
    others = tuple(axis for axis in range(values.ndim) if axis not in axes)
    effect = np.zeros_like(values.mean(others, keepdims=True))
    for size in range(len(axes) + 1):
        for kept in combinations(axes, size):
            gone = tuple(axis for axis in range(values.ndim) if axis not in kept)
            effect = effect + (-1) ** (len(axes) - size) * values.mean(gone, keepdims=True)
    repeats = values.size // effect.size
    return repeats * float((effect**2).sum()), int(np.prod([values.shape[axis] - 1 for axis in axes]))


def _component(name: str, terms: Sequence[Term], levels: int) -> Component:
    """Return a combination of mean squares with its interval by the modified large-sample method.

    Burdick & Graybill, Confidence Intervals on Variance Components, 1992, section 3.3, without the products of pairs;
    unlike Satterthwaite's it bounds a component whose estimate is negative.
    """
    value = sum(weight * square for weight, square, _ in terms)
    below = above = 0.0
    for weight, square, free in terms:
        near = 1 - free / float(stats.chi2.ppf(0.5 + LEVEL / 2, free))
        far = free / float(stats.chi2.ppf(0.5 - LEVEL / 2, free)) - 1
        down, up = (near, far) if weight > 0 else (far, near)
        below, above = below + (down * weight * square) ** 2, above + (up * weight * square) ** 2
    low, high = value - below**0.5, value + above**0.5
    return Component(name, value, max(0.0, low), max(0.0, high), levels)
