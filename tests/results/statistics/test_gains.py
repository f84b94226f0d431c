"""Gains of cross-validation: known values, errors without an effect at their level, planted gains found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pytest
from scipy import stats

from results.statistics.gains import Gain, gain, is_recipe, word
from results.statistics.scores import Scores
from tests.results.statistics.simulated import of

METHODS = 3
STRONG = 2 * METHODS + 1
"""The number of the stronger recipe in a table: supervised training is 0, methods follow, then their twins."""
Gains = Mapping[int, float]


@dataclass(frozen=True)
class Said:
    """The word on the best method, whether any is above its twin, and whether the stronger recipe is said to do it."""

    word: str
    above: bool
    recipe: bool


def made(low: float, high: float) -> Gain:
    return Gain((low + high) / 2, low, high, 0.0, 10, 5, "patients")


def table(rng: np.random.Generator, patients: int, folds: int, noise: float, gains: Gains) -> list[Scores]:
    """Return supervised scores, three methods', their twins' and a stronger recipe's, two seeds each.

    noise: what a fold shares. Differences of two have a standard deviation of 1 over patients; gains: by number.
    """
    fold = np.arange(patients) % folds
    hard = rng.normal(0, 5, patients)
    found = []
    for number in range(STRONG + 1):
        shared = rng.normal(0, noise / np.sqrt(2), folds)[fold]
        own = rng.normal(0, 1 / np.sqrt(2), (2, patients)) * np.sqrt(2)
        found.append(of(hard + shared + own + gains.get(number, 0.0)))
    return found


def said(tables: list[Scores], folds: np.ndarray) -> Said:
    supervised, methods, twins, strong = (
        tables[0],
        tables[1 : METHODS + 1],
        tables[METHODS + 1 : STRONG],
        tables[STRONG],
    )
    best = max(range(METHODS), key=lambda number: methods[number].mean())
    twin = gain(methods[best], twins[best], folds, METHODS)
    alone = any(gain(one, other, folds, METHODS).low > 0 for one, other in zip(methods, twins, strict=True))
    over_supervised, over_strong = (gain(methods[best], other, folds, METHODS) for other in (supervised, strong))
    recipe = is_recipe(over_strong, gain(strong, supervised, folds, METHODS))
    return Said(word(twin, over_supervised, over_strong), alone, recipe)


def shares(patients: int, folds: int, noise: float, gains: Gains, repeats: int) -> tuple[float, float, float, float]:
    """Return how often the best is worth it, harmful, any method above its twin, and the recipe the reason."""
    rng = np.random.default_rng(7 * patients + folds)
    fold = np.arange(patients) % folds
    words = [said(table(rng, patients, folds, noise, gains), fold) for _ in range(repeats)]
    worth, harmful = (sum(one.word == name for one in words) / repeats for name in ("worth it", "harmful"))
    return worth, harmful, sum(one.above for one in words) / repeats, sum(one.recipe for one in words) / repeats


def test_a_gain_is_the_mean_difference_of_patients_with_students_interval_where_each_is_a_fold() -> None:
    gaps = np.array([1.0, 2.0, 3.0, 6.0])
    found = gain(of(gaps[None] + 50), of(np.full((1, 4), 50.0)), np.arange(4))
    reach = stats.t.ppf(0.975, 3) * gaps.std(ddof=1) / 2
    assert found.value == pytest.approx(3.0)
    assert (found.low, found.high) == pytest.approx((3 - reach, 3 + reach))
    assert found.detectable == pytest.approx((stats.t.ppf(0.975, 3) + stats.t.ppf(0.8, 3)) * gaps.std(ddof=1) / 2)
    assert (found.patients, found.folds) == (4, 4)


def test_patients_of_one_fold_are_no_independent_ones() -> None:
    gaps, folds = np.array([1.0, 1, 1, 5, 5, 5]), np.array([0, 0, 0, 1, 1, 1])
    found = gain(of(gaps[None]), of(np.zeros((1, 6))), folds)
    assert found.by == "folds"
    assert found.high - found.value == pytest.approx(stats.t.ppf(0.975, 1) * 2.0)  # two folds, 2 from their mean


def test_seeds_are_a_patients_mean_and_no_more_patients() -> None:
    gaps = np.array([1.0, 2.0, 3.0, 6.0])
    once, thrice = (gain(of(np.tile(gaps, (n, 1))), of(np.zeros((n, 4))), np.arange(4)) for n in (1, 3))
    assert (once.low, once.high, once.patients) == pytest.approx((thrice.low, thrice.high, thrice.patients))


def test_looking_at_three_gains_widens_each_to_a_level_of_one_minus_a_sixtieth() -> None:
    gaps = np.array([1.0, 2.0, 3.0, 6.0])
    found = gain(of(gaps[None]), of(np.zeros((1, 4))), np.arange(4), tests=3)
    assert found.high - 3 == pytest.approx(stats.t.ppf(1 - 0.025 / 3, 3) * gaps.std(ddof=1) / 2)


def test_a_patient_that_does_not_count_in_one_is_left_out() -> None:
    first = Scores(np.array([[[1.0], [0.0], [3.0]]]), np.array([[[1.0], [0.0], [1.0]]]))
    found = gain(first, of(np.zeros((1, 3))), np.arange(3))
    assert (found.value, found.patients) == (2.0, 2)


def test_one_fold_shows_nothing() -> None:
    found = gain(of(np.ones((1, 3))), of(np.zeros((1, 3))), np.zeros(3, np.int64))
    assert (found.value, found.low, found.high, found.detectable) == (1.0, -np.inf, np.inf, np.inf)


@pytest.mark.parametrize(
    ("twin", "supervised", "strong", "expected"),
    [
        ((1, 5), (2, 6), (1, 4), "worth it"),
        ((1, 5), (2, 6), (-1, 4), "not shown"),
        ((1, 5), (2, 6), (-4, -1), "not shown"),
        ((1, 5), (-1, 6), (1, 4), "not shown"),
        ((-1, 5), (1, 6), (1, 4), "not shown"),
        ((-5, -1), (-3, 3), (1, 4), "harmful"),
        ((-1, 1), (-6, -2), (1, 4), "harmful"),
    ],
)
def test_worth_it_is_above_all_three_and_harmful_below_twin_or_supervised_training(
    twin: tuple[float, float], supervised: tuple[float, float], strong: tuple[float, float], expected: str
) -> None:
    assert word(made(*twin), made(*supervised), made(*strong)) == expected


def test_the_recipe_is_a_twin_above_supervised_training_whose_method_adds_nothing() -> None:
    assert is_recipe(made(-1, 2), made(1, 4))
    assert not is_recipe(made(1, 2), made(1, 4))
    assert not is_recipe(made(-1, 2), made(-1, 4))
    assert not is_recipe(made(-1, 9), made(1, 4))  # by its mean it adds more than the recipe does


@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_without_an_effect_few_tables_say_worth_it_and_no_more_than_a_fortieth_a_method_above_its_twin(
    noise: float,
) -> None:
    worth, harmful, above, recipe = shares(20, 5, noise, {}, 300)
    assert worth <= 0.025 and harmful <= 0.05 and above <= 0.05  # 0.025 and less in expectation
    assert recipe <= 0.025


@pytest.mark.parametrize(("noise", "seen"), [(0.0, 0.95), (1.0, 0.5)])
def test_a_method_that_gains_what_a_stronger_recipe_does_is_not_worth_it(noise: float, seen: float) -> None:
    """Two spreads above twin and supervised training, and level with the recipe: said in a fortieth at most."""
    worth, harmful, above, recipe = shares(40, 5, noise, {1: 2.0, STRONG: 2.0}, 300)
    assert worth <= 0.025 and harmful == 0
    assert above >= seen and recipe >= seen


def test_a_stronger_recipe_that_gains_half_hides_no_method_that_gains_all() -> None:
    worth, _, _, recipe = shares(40, 5, 0.0, {1: 2.0, STRONG: 1.0}, 60)
    assert worth >= 0.8 and recipe <= 0.2


def test_a_planted_gain_of_a_patients_spread_is_found() -> None:
    assert shares(40, 5, 0.0, {1: 1.0}, 60)[0] >= 0.8


@pytest.mark.slow
@pytest.mark.parametrize("noise", [0.0, 0.2, 0.5, 1.0])
@pytest.mark.parametrize(("patients", "folds"), [(3, 3), (6, 3), (6, 5), (20, 3), (20, 5), (180, 5)])
def test_without_an_effect_worth_it_is_said_in_a_fortieth_of_tables_at_most(
    patients: int, folds: int, noise: float
) -> None:
    """So of two settings of labels in a twentieth at most."""
    worth, harmful, above, recipe = shares(patients, folds, noise, {}, 1500)
    assert worth <= 0.025 and harmful <= 0.05
    assert max(above, recipe) <= 0.025 + 3 * (0.025 * 0.975 / 1500) ** 0.5
    worth, *_ = shares(patients, folds, noise, {1: 3.0, STRONG: 3.0}, 1500)
    assert worth <= 0.025 + 3 * (0.025 * 0.975 / 1500) ** 0.5
