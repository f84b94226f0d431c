"""Where the variance is: components of a full crossing of training factors, all scored on the same patients."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations

import numpy as np

from results.statistics.bootstrap import LEVEL
from results.statistics.scores import Array

PATIENTS, RESIDUAL = "patients", "residual"
Effect = frozenset[int]
"""Axes of the scores whose levels an effect depends on; the last axis is the patients'."""


@dataclass(frozen=True)
class Component:
    """A variance with its interval, none of them below 0, in squared units of the scores.

    estimate: as the mean squares have it, which can be negative where the truth is small. levels: how many values of
    the effect were seen. by_patient: whether every patient has values of its own.
    """

    name: str
    estimate: float
    low: float
    high: float
    levels: int
    by_patient: bool

    @property
    def variance(self) -> float:
        """The estimate, 0 where it is negative."""
        return max(0.0, self.estimate)


@dataclass(frozen=True)
class Square:
    """Mean square of an effect and its degrees of freedom."""

    mean: float
    free: int


def components(values: Array, factors: Sequence[str], nested: Mapping[str, str] | None = None) -> list[Component]:
    """Return the components of (levels of each factor..., patients) scores; every factor needs two levels or more.

    nested: factors whose levels are others at each level of another factor, {"data order": "label draw"}.
    Model: factors, patients and all their interactions are random effects of their own, the highest is the residual.
    Expected mean squares of balanced designs: Searle, Casella & McCulloch, Variance Components, 1992, chapter 4.
    """
    if len(factors) != values.ndim - 1 or len(factors) < 2 or min(values.shape) < 2:
        raise ValueError(f"scores {values.shape} of {len(factors)} factors: expected two factors or more of two levels")
    within = {factors.index(inner): factors.index(outer) for inner, outer in (nested or {}).items()}
    squares = _squares(values, within)
    weights = np.linalg.inv(_expected(list(squares), values.shape))
    names = [*factors, PATIENTS]
    found = []
    for place, effect in enumerate(squares):
        ends = _interval(place, weights[place], list(squares.values()))
        name = RESIDUAL if len(effect) == values.ndim else _name(effect, names, within)
        found.append(Component(name, *ends, _levels(effect, values.shape), values.ndim - 1 in effect))
    return found


def _squares(values: Array, within: Mapping[int, int]) -> dict[Effect, Square]:
    """Return the mean square of every effect, factors' before patients', small before large.

    A nested factor has no effect but within the other one: sums of squares with and without the other are pooled.
    """
    patients = values.ndim - 1
    sums: dict[Effect, float] = {}
    free: dict[Effect, int] = {}
    for axes, (square, degrees) in _sums_of_squares(values).items():
        effect = frozenset(axes) | {within[axis] for axis in axes if axis in within}
        sums[effect], free[effect] = sums.get(effect, 0) + square, free.get(effect, 0) + degrees
    order = sorted(sums, key=lambda effect: (patients in effect, len(effect), sorted(effect)))
    return {effect: Square(sums[effect] / free[effect], free[effect]) for effect in order}


def _sums_of_squares(values: Array) -> dict[tuple[int, ...], tuple[float, int]]:
    """Return sum of squares and degrees of freedom of every interaction of axes, all of them crossed."""
    every = tuple(range(values.ndim))
    subsets = [(), *_subsets(every)]
    means = {axes: values.mean(tuple(set(every) - set(axes)), keepdims=True) for axes in subsets}
    found = {}
    for axes in subsets[1:]:
        effect = sum((-1) ** (len(axes) - len(kept)) * means[kept] for kept in ((), *_subsets(axes)))
        square = values.size / means[axes].size * float(np.square(effect).sum())
        found[axes] = square, int(np.prod([values.shape[axis] - 1 for axis in axes]))
    return found


def _expected(effects: Sequence[Effect], shape: tuple[int, ...]) -> Array:
    """Return what each component adds to each mean square: its number of repeats, to all effects that it holds."""
    size = int(np.prod(shape))
    return np.array([[size / _levels(other, shape) * (one <= other) for other in effects] for one in effects])


def _interval(place: int, weights: Array, squares: Sequence[Square]) -> tuple[float, float, float]:
    """Return estimate and ends of the component at a place, by the modified large-sample method.

    Burdick & Graybill, Confidence Intervals on Variance Components, 1992, section 3.3, without the products of pairs;
    unlike Satterthwaite's it bounds a component whose estimate is negative. For the upper end the effect's own mean
    square is what it would be without the component at least: a lucky small one of few degrees of freedom would
    otherwise leave no room above 0.
    """
    from scipy import stats

    means = np.array([square.mean for square in squares])
    free = np.array([square.free for square in squares])
    near, far = 1 - free / stats.chi2.ppf(0.5 + LEVEL / 2, free), free / stats.chi2.ppf(0.5 - LEVEL / 2, free) - 1
    value = float(weights @ means)
    below = np.where(weights > 0, near, far) * weights * means
    others = value - weights[place] * means[place]
    means[place] = max(means[place], -others / weights[place])
    above = np.where(weights > 0, far, near) * weights * means
    low, high = value - float((below**2).sum() ** 0.5), float(weights @ means) + float((above**2).sum() ** 0.5)
    return value, max(0.0, low), max(0.0, high)


def _name(effect: Effect, names: Sequence[str], within: Mapping[int, int]) -> str:
    """Return the effect in words, patients first; a factor that others are nested in is named with these."""
    told = {within[axis] for axis in effect if axis in within}
    words = [f"{names[a]} within a {names[within[a]]}" if a in within else names[a] for a in sorted(effect - told)]
    return " x ".join(sorted(words, key=lambda word: word != PATIENTS))


def _levels(effect: Effect, shape: tuple[int, ...]) -> int:
    return int(np.prod([shape[axis] for axis in effect]))


def _subsets(axes: Sequence[int]) -> Iterator[tuple[int, ...]]:
    return chain.from_iterable(combinations(axes, size) for size in range(1, len(axes) + 1))
