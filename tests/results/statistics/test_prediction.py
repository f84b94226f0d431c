"""Intervals for one new run: right by scipy, and about as often wrong as they say."""

import numpy as np
import pytest
from scipy import stats

from results.statistics.prediction import prediction_intervals, reach


def test_one_point_is_students_interval_for_one_new_observation() -> None:
    low, high = prediction_intervals(np.array([[1.0], [2.0], [3.0], [4.0], [5.0]]), 0.99)
    half = stats.t.ppf(0.995, 4) * np.sqrt(2.5) * np.sqrt(1.2)
    assert half == pytest.approx(7.974526, abs=1e-6)
    assert (float(low[0]), float(high[0])) == (pytest.approx(3 - half), pytest.approx(3 + half))


def test_points_share_the_level() -> None:
    assert reach(10, 8, 0.99) == pytest.approx(stats.t.ppf(1 - 0.01 / 16, 9) * np.sqrt(1.1))
    assert reach(10, 8, 0.99) == pytest.approx(4.848, abs=1e-3)
    assert reach(2, 1, 0.99) == pytest.approx(77.96, abs=0.01)  # two seeds tell next to nothing


@pytest.mark.parametrize(("values", "level"), [([[1.0]], 0.99), ([[1.0], [2.0]], 1.0), ([[1.0], [np.nan]], 0.99)])
def test_one_run_and_what_is_no_number_have_no_interval(values: list[list[float]], level: float) -> None:
    with pytest.raises(ValueError, match="expected"):
        prediction_intervals(np.array(values), level)


@pytest.mark.parametrize(("together", "least", "most"), [(0.0, 0.03, 0.055), (0.9, 0.01, 0.055), (1.0, 0.004, 0.02)])
def test_a_new_run_is_outside_anywhere_no_more_often_than_the_level_says(
    together: float, least: float, most: float
) -> None:
    """Of 4,000 bands of five runs at six points, level 95 %; points that hang together err less often."""
    rng, outside = np.random.default_rng(3), 0
    for _ in range(4000):
        shared, own = rng.normal(size=(6, 1)), rng.normal(size=(6, 6))
        runs = np.sqrt(together) * shared + np.sqrt(1 - together) * own
        low, high = prediction_intervals(runs[:5], 0.95)
        outside += bool(((runs[5] < low) | (runs[5] > high)).any())
    assert least <= outside / 4000 <= most
