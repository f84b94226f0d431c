"""Equivalence over seeds: the three answers, what decides between them, and how many seeds it would take."""

import numpy as np
import pytest
from scipy import stats

from results.statistics.equivalence import MOST, equivalence, further_seeds


def test_seeds_close_to_the_number_are_equivalent() -> None:
    found = equivalence([79.8, 80.1, 80.4], 80.0, 2.0)
    assert found.outcome == "inside" and found.further is None
    assert found.difference == pytest.approx(0.1)
    assert found.low is not None and found.high is not None and -2 < found.low < 0.1 < found.high < 2


def test_seeds_far_from_it_are_not() -> None:
    assert equivalence([70.0, 70.5, 71.0], 80.0, 2.0).outcome == "outside"
    assert equivalence([90.0, 90.5, 91.0], 80.0, 2.0).outcome == "outside"


def test_seeds_that_scatter_leave_it_open_however_close_their_mean() -> None:
    found = equivalence([74.0, 80.0, 86.0], 80.0, 2.0)
    assert found.outcome == "open"
    assert found.further is not None and found.further > 50


def test_the_interval_is_the_two_tests() -> None:
    seeds = [78.0, 79.5, 80.5, 79.0]
    found = equivalence(seeds, 80.0, 2.0)
    reach = stats.t.ppf(0.95, 3) * stats.sem(seeds)
    assert found.low == pytest.approx(-0.75 - reach) and found.high == pytest.approx(-0.75 + reach)
    for margin in np.linspace(0.5, 4, 15):
        one = equivalence(seeds, 80.0, float(margin))
        assert (one.outcome == "inside") == (found.low > -margin and found.high < margin)


def test_one_seed_tests_nothing_and_plans_with_a_deviation_that_is_given() -> None:
    alone = equivalence([80.0], 80.0, 2.0)
    assert (alone.outcome, alone.low, alone.high, alone.p_inside, alone.further) == ("open", None, None, None, None)
    assert equivalence([80.0], 80.0, 2.0, planned=1.0).further == further_seeds(0.0, 1.0, 2.0, 1)


def test_the_seeds_it_would_take_give_the_power_they_promise() -> None:
    gap, deviation, margin = 0.5, 1.5, 2.0
    more = further_seeds(gap, deviation, margin, 3)
    assert more is not None
    rng = np.random.default_rng(0)

    def power(count: int) -> float:
        values = rng.normal(gap, deviation, (20_000, count))
        reach = stats.t.ppf(0.95, count - 1) * stats.sem(values, axis=1)
        return float(((values.mean(1) - reach > -margin) & (values.mean(1) + reach < margin)).mean())

    assert power(3 + more) == pytest.approx(0.81, abs=0.04)
    assert power(3 + more - 2) < 0.8


def test_a_gap_on_the_margin_needs_more_seeds_than_anyone_has() -> None:
    assert further_seeds(2.0, 1.0, 2.0, 3) is None
    assert further_seeds(1.99, 5.0, 2.0, 3) == MOST
    assert equivalence([5.0, 5.0, 5.0], 5.5, 2.0).outcome == "inside"
    assert equivalence([5.0, 5.0, 5.0], 9.0, 2.0).outcome == "outside"


def test_equal_means_are_called_equivalent_seldom_when_they_lie_on_the_margin() -> None:
    rng = np.random.default_rng(0)
    seeds = rng.normal(2.0, 1.0, (1_000, 4))
    outcomes = [equivalence(list(one), 0.0, 2.0).outcome for one in seeds[:400]]
    assert outcomes.count("inside") / 400 < 0.08
    assert outcomes.count("outside") / 400 < 0.08


def test_a_margin_is_more_than_nothing() -> None:
    with pytest.raises(ValueError, match="margin 0: expected more than 0"):
        equivalence([1.0, 2.0], 1.0, 0)
