"""The cosine temperature at known points, its bounds and its period."""

import pytest

from methods.parts.temperature import cosine_temperature


@pytest.mark.parametrize(
    ("progress", "expected"), [(0.0, 1.0), (1 / 6, 0.775), (0.25, 0.55), (0.5, 0.1), (0.75, 0.55), (1.0, 1.0)]
)
def test_one_period_falls_from_high_to_low_and_comes_back(progress: float, expected: float) -> None:
    assert cosine_temperature(progress, low=0.1, high=1.0, period=1.0) == pytest.approx(expected)


def test_a_tenth_of_the_run_as_period_makes_ten_cycles() -> None:
    highs = [cosine_temperature(k / 10, low=0.1, high=1.0, period=0.1) for k in range(11)]
    lows = [cosine_temperature((k + 0.5) / 10, low=0.1, high=1.0, period=0.1) for k in range(10)]
    assert highs == pytest.approx([1.0] * 11)
    assert lows == pytest.approx([0.1] * 10)


@pytest.mark.parametrize("period", [0.1, 0.3, 1.0, 2.0])
def test_it_stays_between_low_and_high_and_looks_the_same_from_both_ends_of_a_period(period: float) -> None:
    for k in range(101):
        before, after = (cosine_temperature(at, 0.07, 0.6, period) for at in (k / 100 * period, (1 - k / 100) * period))
        assert 0.07 - 1e-12 <= before <= 0.6 + 1e-12
        assert before == pytest.approx(after)


def test_equal_bounds_are_a_constant() -> None:
    assert {cosine_temperature(k / 7, 0.5, 0.5, 1.0) for k in range(7)} == {0.5}
