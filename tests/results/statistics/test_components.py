"""Variance components: planted ones are recovered, absent ones stay near nothing, intervals hold what was planted."""

from collections.abc import Mapping

import numpy as np
import pytest

from results.statistics.components import PATIENTS, RESIDUAL, components

FACTORS = ("label draw", "initialisation", "data order")
NESTED = {"data order": "label draw"}
SHAPE = (3, 3, 2, 20)
Effect = tuple[int, ...]
AXES: Mapping[str, Effect] = {
    "label draw": (0,), "initialisation": (1,), "data order": (2,),
    "label draw x initialisation": (0, 1), "label draw x data order": (0, 2), "initialisation x data order": (1, 2),
    "label draw x initialisation x data order": (0, 1, 2),
    PATIENTS: (3,), "patients x label draw": (0, 3), "patients x initialisation": (1, 3),
    "patients x data order": (2, 3), "patients x label draw x initialisation": (0, 1, 3),
    "patients x label draw x data order": (0, 2, 3), "patients x initialisation x data order": (1, 2, 3),
    RESIDUAL: (0, 1, 2, 3),
}  # fmt: skip
WITHIN: Mapping[str, Effect] = {
    "label draw": (0,), "initialisation": (1,), "label draw x initialisation": (0, 1),
    "data order within a label draw": (0, 2), "initialisation x data order within a label draw": (0, 1, 2),
    PATIENTS: (3,), "patients x label draw": (0, 3), "patients x initialisation": (1, 3),
    "patients x label draw x initialisation": (0, 1, 3), "patients x data order within a label draw": (0, 2, 3),
    RESIDUAL: (0, 1, 2, 3),
}  # fmt: skip
"""Effects in their order, crossed and nested; a nested one has levels of its own at every label draw."""

Planted = Mapping[str, float]
MAIN: Planted = {
    "label draw": 16, "initialisation": 4, "data order": 1, PATIENTS: 36, "patients x label draw": 9, RESIDUAL: 3,
}  # fmt: skip
TWO_WAY: Planted = {**MAIN, "label draw x initialisation": 4, "patients x label draw x initialisation": 9}
ORDERED: Planted = {
    "label draw": 4, "label draw x initialisation": 2, "data order within a label draw": 3, PATIENTS: 36,
    "patients x label draw": 9, "patients x data order within a label draw": 5, RESIDUAL: 7,
}  # fmt: skip
MEASURED: Planted = {
    "label draw": 0.7, "initialisation x data order within a label draw": 0.6, PATIENTS: 71,
    "patients x label draw": 15, "patients x label draw x initialisation": 5,
    "patients x data order within a label draw": 5, RESIDUAL: 7.5,
}  # fmt: skip
"""About as docs/LOG.md has them for supervised training with three labelled patients."""


def crossing(rng: np.random.Generator, planted: Planted, shape: tuple[int, ...] = SHAPE) -> np.ndarray:
    """Return scores with the planted components."""
    axes = {**AXES, **WITHIN}
    values = np.full(shape, 70.0)
    for name, variance in planted.items():
        sizes = [size if axis in axes[name] else 1 for axis, size in enumerate(shape)]
        values = values + rng.normal(0, variance**0.5, sizes)
    return values


@pytest.mark.parametrize(
    ("planted", "effects", "nested"),
    [(MAIN, AXES, None), (TWO_WAY, AXES, None), (ORDERED, WITHIN, NESTED), (MEASURED, WITHIN, NESTED)],
)
def test_planted_components_are_recovered_without_bias(
    planted: Planted, effects: Mapping[str, Effect], nested: Mapping[str, str] | None
) -> None:
    rng = np.random.default_rng(0)
    found = [[one.estimate for one in components(crossing(rng, planted), FACTORS, nested)] for _ in range(300)]
    means, errors = np.mean(found, 0), np.std(found, 0) / 300**0.5
    assert np.all(np.abs(means - [planted.get(name, 0) for name in effects]) < 4 * errors)
    assert errors[0] < 1.2 and errors[-1] < 0.1


@pytest.mark.parametrize(
    ("planted", "effects", "nested"), [(TWO_WAY, AXES, None), (ORDERED, WITHIN, NESTED)], ids=["crossed", "nested"]
)
def test_one_large_crossing_finds_them_all(
    planted: Planted, effects: Mapping[str, Effect], nested: Mapping[str, str] | None
) -> None:
    scores = crossing(np.random.default_rng(4), planted, (25, 25, 25, 20))
    found = {one.name: one for one in components(scores, FACTORS, nested)}
    assert list(found) == list(effects)
    for name, one in found.items():
        assert one.low <= one.variance <= one.high
        assert one.variance == pytest.approx(planted.get(name, 0), rel=0.6, abs=0.2), name
        assert one.levels == np.prod([(25, 25, 25, 20)[axis] for axis in effects[name]])
        assert one.by_patient == (3 in effects[name])


def test_orders_of_other_patients_would_be_taken_for_an_interaction_if_they_were_crossed() -> None:
    scores = crossing(np.random.default_rng(0), {"data order within a label draw": 9, RESIDUAL: 1}, (20, 2, 25, 5))
    crossed = {one.name: one.variance for one in components(scores, FACTORS)}
    nested = {one.name: one.variance for one in components(scores, FACTORS, NESTED)}
    assert crossed["data order"] < 1 and crossed["label draw x data order"] == pytest.approx(9, rel=0.2)
    assert nested["data order within a label draw"] == pytest.approx(9, rel=0.2)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("planted", "effects", "nested"),
    [(MAIN, AXES, None), (TWO_WAY, AXES, None), (ORDERED, WITHIN, NESTED), (MEASURED, WITHIN, NESTED)],
)
def test_intervals_hold_what_was_planted_at_their_level(
    planted: Planted, effects: Mapping[str, Effect], nested: Mapping[str, str] | None
) -> None:
    """Absent components are held more often: no interval ends below 0, and none at it. Products of pairs are left out
    of the ends, which costs a point here and there."""
    rng = np.random.default_rng(2)
    held = dict.fromkeys(effects, 0)
    for _ in range(1_000):
        for one in components(crossing(rng, planted), FACTORS, nested):
            held[one.name] += one.low <= planted.get(one.name, 0) <= one.high
    assert all(count / 1_000 > 0.92 for count in held.values()), held
    assert all(held[name] / 1_000 < 0.98 for name in (PATIENTS, RESIDUAL)), held


def test_a_lucky_mean_square_leaves_room_above_nothing() -> None:
    rng = np.random.default_rng(0)
    found = [components(crossing(rng, {PATIENTS: 36, RESIDUAL: 3}), FACTORS, nested) for nested in (None, NESTED)] * 20
    assert any(one.estimate < 0 for some in found for one in some)
    assert all(one.high > 0.01 for some in found for one in some)


def test_without_interactions_the_sums_of_squares_are_those_of_the_main_effects() -> None:
    label, init, patients = np.array([0.0, 2.0]), np.array([0.0, 1.0, 5.0]), np.array([1.0, 2.0, 6.0, 7.0])
    values = label[:, None, None] + init[None, :, None] + patients
    found = {one.name: one.estimate for one in components(values, ("label", "init"))}
    assert found["label"] == pytest.approx(label.var(ddof=1))
    assert found["init"] == pytest.approx(init.var(ddof=1))
    assert found[PATIENTS] == pytest.approx(patients.var(ddof=1))
    assert abs(found[RESIDUAL]) < 1e-9 and abs(found["label x init"]) < 1e-9


def test_a_nested_variance_is_that_within_the_outer_levels() -> None:
    orders = np.array([[0.0, 2.0], [5.0, 9.0]])  # two draws with two orders each
    found = {one.name: one.estimate for one in components(orders[..., None] + np.zeros(3), ("l", "d"), {"d": "l"})}
    assert list(found) == ["l", "d within a l", "patients", "patients x l", RESIDUAL]
    assert found["d within a l"] == pytest.approx((2 + 8) / 2)
    assert found["l"] == pytest.approx(np.var([1, 7], ddof=1) - 5 / 2)


def test_a_negative_estimate_is_no_variance() -> None:
    found = components(np.random.default_rng(0).normal(size=(2, 2, 5)), ("a", "b"))
    assert any(one.estimate < 0 for one in found)
    assert all(one.variance >= 0 and one.low >= 0 for one in found)


def test_a_factor_of_one_level_is_refused() -> None:
    with pytest.raises(ValueError, match="expected two factors or more of two levels"):
        components(np.ones((3, 1, 5)), ("a", "b"))
