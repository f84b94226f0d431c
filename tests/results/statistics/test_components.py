"""Variance components: planted ones are recovered, absent ones stay near nothing, the parts add up."""

import numpy as np
import pytest

from results.statistics.components import COMBINED, PATIENTS, RESIDUAL, components

FACTORS = ("label draw", "initialisation", "data order")
PLANTED = {
    "label draw": 16.0, "initialisation": 4.0, "data order": 1.0, COMBINED: 2.0, PATIENTS: 36.0,
    "patients x label draw": 9.0, "patients x initialisation": 2.0, "patients x data order": 0.0, RESIDUAL: 3.0,
}  # fmt: skip


def crossing(rng: np.random.Generator, shape: tuple[int, int, int, int]) -> np.ndarray:
    """Return scores with the planted components."""
    values = np.full(shape, 70.0)
    *levels, patients = shape
    for axis, factor in enumerate(FACTORS):
        ones = [1, 1, 1]
        ones[axis] = levels[axis]
        values = values + rng.normal(0, PLANTED[factor] ** 0.5, (*ones, 1))
        values = values + rng.normal(0, PLANTED[f"patients x {factor}"] ** 0.5, (*ones, patients))
    values = values + rng.normal(0, PLANTED[COMBINED] ** 0.5, (*levels, 1))
    values = values + rng.normal(0, PLANTED[PATIENTS] ** 0.5, (1, 1, 1, patients))
    return values + rng.normal(0, PLANTED[RESIDUAL] ** 0.5, shape)


def test_planted_components_are_recovered_without_bias() -> None:
    rng = np.random.default_rng(0)
    found = [[one.estimate for one in components(crossing(rng, (3, 3, 2, 20)), FACTORS)] for _ in range(600)]
    means, errors = np.mean(found, 0), np.std(found, 0) / 600**0.5
    assert np.all(np.abs(means - list(PLANTED.values())) < 4 * errors)
    assert errors[0] < 1 and errors[-1] < 0.03


def test_one_large_crossing_finds_them_all() -> None:
    found = {one.name: one for one in components(crossing(np.random.default_rng(1), (25, 25, 25, 20)), FACTORS)}
    assert list(found) == list(PLANTED)
    for name, planted in PLANTED.items():
        one = found[name]
        assert one.low <= one.variance <= one.high
        assert one.variance == pytest.approx(planted, rel=0.6, abs=0.1), name
    assert found["label draw"].levels == 25 and found["patients x data order"].variance < 0.1


def test_intervals_hold_what_was_planted_at_their_level() -> None:
    rng = np.random.default_rng(2)
    held = dict.fromkeys(PLANTED, 0)
    for _ in range(300):
        for one in components(crossing(rng, (3, 3, 2, 20)), FACTORS):
            held[one.name] += one.low <= PLANTED[one.name] <= one.high
    assert all(count / 300 > 0.91 for count in held.values()), held


def test_without_interactions_the_sums_of_squares_are_those_of_the_main_effects() -> None:
    label, init, patients = np.array([0.0, 2.0]), np.array([0.0, 1.0, 5.0]), np.array([1.0, 2.0, 6.0, 7.0])
    values = label[:, None, None] + init[None, :, None] + patients
    found = {one.name: one.estimate for one in components(values, ("label", "init"))}
    assert found["label"] == pytest.approx(label.var(ddof=1))
    assert found["init"] == pytest.approx(init.var(ddof=1))
    assert found[PATIENTS] == pytest.approx(patients.var(ddof=1))
    assert abs(found[RESIDUAL]) < 1e-9 and abs(found[COMBINED]) < 1e-9


def test_a_negative_estimate_is_no_variance() -> None:
    found = components(np.random.default_rng(0).normal(size=(2, 2, 5)), ("a", "b"))
    assert any(one.estimate < 0 for one in found)
    assert all(one.variance >= 0 and one.low >= 0 for one in found)


def test_a_factor_of_one_level_is_refused() -> None:
    with pytest.raises(ValueError, match="expected two factors or more of two levels"):
        components(np.ones((3, 1, 5)), ("a", "b"))
