"""Intervals: what they hold, what they don't claim, and that a seed gives the same again."""

import time

import numpy as np
import pytest
from scipy import stats

from results.statistics.bootstrap import Draws, difference, drawn, interval
from results.statistics.crossed import freedom
from results.statistics.scores import Scores
from tests.results.statistics.simulated import of, scores


def draws(patients: int = 20, seed: int = 0, resamples: int = 2_000) -> Draws:
    return Draws.of(patients, np.random.default_rng(seed), resamples)


def test_one_run_has_no_interval() -> None:
    one = of(np.random.default_rng(0).normal(size=(1, 20)))
    two = of(np.random.default_rng(1).normal(size=(2, 20)))
    assert interval(one, draws()) is None
    assert difference(one, two, draws()) is None
    assert interval(two, draws()) is not None


def test_the_same_generator_gives_the_same_interval() -> None:
    made = scores(np.random.default_rng(3), np.zeros(20), 3)
    assert interval(made, draws(seed=5)) == interval(made, draws(seed=5))
    assert interval(made, draws(seed=5)) != interval(made, draws(seed=6))


def test_with_equal_runs_the_error_is_that_of_a_mean_over_patients() -> None:
    values = np.random.default_rng(0).normal(size=30)
    found = interval(of(np.stack([values] * 3)), draws(30, resamples=20_000))
    assert found is not None
    assert found.error == pytest.approx(stats.sem(values), rel=0.03)
    assert found.freedom == pytest.approx(29)
    assert found.p_of(found.value) == 1


def test_with_equal_patients_the_error_is_that_of_a_mean_over_runs() -> None:
    seeds = np.array([1.0, 4.0, 7.0])
    found = interval(of(np.repeat(seeds[:, None], 20, 1)), draws(resamples=20_000))
    assert found is not None
    assert found.error == pytest.approx(stats.sem(seeds), rel=0.03)
    assert found.freedom == pytest.approx(2)
    assert found.high - found.value == pytest.approx(stats.t.ppf(0.975, 2) * found.error)


def test_the_residual_counts_once() -> None:
    """Errors are the mean squares' over thousands of draws: patients, runs and their residual by the book."""
    rng = np.random.default_rng(0)
    values = rng.normal(0, 3, (4, 1)) + rng.normal(0, 5, 25) + rng.normal(0, 4, (4, 25))
    found = interval(of(values), draws(25, resamples=40_000))
    rest = values - values.mean(1, keepdims=True) - values.mean(0) + values.mean()
    residual = (rest**2).sum() / (3 * 24 * 100)
    assert found is not None
    assert found.error**2 == pytest.approx(
        values.mean(0).var(ddof=1) / 25 + values.mean(1).var(ddof=1) / 4 - residual, rel=0.05
    )


def test_runs_that_vary_less_than_their_residual_add_nothing() -> None:
    values = np.random.default_rng(0).normal(size=(3, 20))
    values -= values.mean(1, keepdims=True)
    found = interval(of(values), draws(resamples=20_000))
    assert found is not None
    assert found.error == pytest.approx(stats.sem(values.mean(0)), rel=0.03)


def test_two_frames_of_a_patient_are_no_two_patients() -> None:
    values = np.tile(np.random.default_rng(0).normal(size=20), (3, 1))
    together = interval(of(values), draws())
    apart = interval(of(np.repeat(values, 2, axis=1)), draws(40))
    assert together is not None and apart is not None
    assert together.error == pytest.approx(np.sqrt(2) * apart.error, rel=0.05)


def test_differences_keep_patients_together() -> None:
    rng = np.random.default_rng(0)
    hard = rng.normal(0, 20, 20)
    first, second = (scores(rng, hard, 3, run_sd=0.1, own_sd=0.1, noise_sd=0.1) for _ in range(2))
    found, one = difference(first, second, draws()), interval(first, draws())
    assert found is not None and one is not None
    assert found.error < one.error / 20


def test_an_interval_ends_where_the_metric_does() -> None:
    found = interval(of(np.array([[0.9, 1.0], [0.2, 0.3]])), draws(2), (0.0, 1.0))
    assert found is not None
    assert (found.low, found.high) == (0.0, 1.0)


def test_draws_have_the_variance_of_a_mean() -> None:
    weights = drawn(3, np.random.default_rng(0), 50_000)
    assert set(weights.sum(1)) == {2.0}
    values = np.array([0.0, 1.0, 5.0])
    assert (weights @ values / 2).var() == pytest.approx(values.var(ddof=1) / 3, rel=0.02)


def test_freedom_lies_between_the_scarce_level_and_all() -> None:
    rng = np.random.default_rng(0)
    assert 2 <= freedom([rng.normal(0, 1, (3, 1)) + rng.normal(0, 1, (1, 20))]) < 21
    assert freedom([np.ones((3, 20))]) == 2
    assert freedom([rng.normal(size=(3, 1))]) == 1


def test_a_run_without_a_counted_case_is_left_out_of_the_mean() -> None:
    total, count = np.ones((3, 4, 1)), np.ones((3, 4, 1))
    total[2], count[2] = 0, 0
    found = interval(Scores(total, count), draws(4))
    assert found is not None and found.value == 1 and found.error == 0


def test_a_table_of_intervals_takes_less_than_a_second() -> None:
    rng = np.random.default_rng(0)
    made = [Scores(rng.random((3, 20, 3)), np.ones((3, 20, 3))) for _ in range(4 * 5 * 4)]
    begin = time.process_time()
    shared = draws()
    assert all(interval(one, shared) for one in made)
    assert time.process_time() - begin < 1
