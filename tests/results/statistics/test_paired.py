"""Comparisons of two: known values, symmetry, and what one run can't say."""

import gc
import itertools

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats import multitest

from results.statistics.bootstrap import Draws
from results.statistics.paired import _won, compare, effect, holm, permuted
from results.statistics.scores import Scores
from tests.results.statistics.simulated import of, scores


def draws(patients: int = 20) -> Draws:
    return Draws.of(patients, np.random.default_rng(0), 500)


def test_a_difference_on_every_patient_has_the_smallest_p() -> None:
    gaps = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    assert permuted(gaps, np.random.default_rng(0)) == pytest.approx(2 / 2**5)
    for nothing in ([0.0] * 5, [1.0, -1.0], [0.1, 0.2, -0.3], [3.0]):
        assert permuted(np.array(nothing), np.random.default_rng(0)) == 1


@pytest.mark.parametrize("patients", [2, 3, 8, 11])
def test_all_signs_are_counted_as_one_by_one(patients: int) -> None:
    gaps = np.random.default_rng(patients).normal(0.5, 1, patients).round(1)
    sums = np.array([np.dot(signs, gaps) for signs in itertools.product((-1, 1), repeat=patients)])
    assert permuted(gaps, np.random.default_rng(0)) == np.mean(np.abs(sums) >= abs(gaps.sum()) - 1e-9)


def test_no_p_value_of_twenty_patients_is_bound_by_a_sample() -> None:
    assert permuted(np.arange(1.0, 21), np.random.default_rng(0)) == 2 / 2**20
    assert holm([2 / 2**20] * 253)[0] < 0.001


def test_many_patients_are_permuted_at_random() -> None:
    gaps = np.random.default_rng(2).normal(0.3, 1, 60)
    assert permuted(gaps, np.random.default_rng(0)) == pytest.approx(stats.ttest_1samp(gaps, 0).pvalue, abs=0.01)
    assert permuted(np.ones(60), np.random.default_rng(0)) == pytest.approx(1e-5)


def test_permutation_and_t_test_agree_on_normal_differences() -> None:
    gaps = np.random.default_rng(2).normal(0.4, 1, 20)
    assert permuted(gaps, np.random.default_rng(0)) == pytest.approx(stats.ttest_1samp(gaps, 0).pvalue, abs=0.01)


def test_the_effect_is_in_standard_deviations_of_differences() -> None:
    assert effect(np.array([1.0, 3.0])) == pytest.approx(2 / np.sqrt(2) * (1 - 3 / 3))
    gaps = np.random.default_rng(0).normal(1, 2, 500)
    assert effect(gaps) == pytest.approx(0.5, abs=0.1)
    assert effect(np.zeros(3)) == 0


def test_holm_goes_through_no_objects_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    held, seen, corrected = [[number] for number in range(10_000)], list[int](), multitest.multipletests

    def watched(*words, **more):
        seen.append(len(gc.get_objects()))  # what a collection would go through
        return corrected(*words, **more)

    monkeypatch.setattr(multitest, "multipletests", watched)
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert seen[0] < len(held) and gc.get_freeze_count() == 0


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []


def test_swapping_the_two_turns_the_signs() -> None:
    rng = np.random.default_rng(0)
    first, second = scores(rng, np.zeros(20), 3), scores(rng, np.zeros(20), 4, mean=3)
    there, back = compare(first, second, draws()), compare(second, first, draws())
    assert there.difference == pytest.approx(-back.difference)
    assert there.effect == pytest.approx(-back.effect)
    assert there.improvement == pytest.approx(1 - back.improvement)
    assert there.p == pytest.approx(back.p, abs=0.03)


def test_the_probability_of_improvement_counts_pairs_of_runs_and_patients() -> None:
    first, second = of(np.array([[1.0, 5.0], [3.0, 5.0]])), of(np.array([[2.0, 5.0], [0.0, 9.0]]))
    found = compare(first, second, draws(2))
    assert found.improvement == pytest.approx((3 / 4 + (0.5 + 0.5) / 4) / 2)
    assert found.improvement_interval is not None
    assert 0 <= found.improvement_interval[0] <= found.improvement <= found.improvement_interval[1] <= 1


@pytest.mark.parametrize(("first", "second"), [(1, 1), (2, 3), (5, 2)])
def test_wins_are_weighted_by_both_runs_and_patients(first: int, second: int) -> None:
    rng = np.random.default_rng(0)
    weights = [rng.integers(0, 4, (50, count)).astype(float) for count in (first, second, 7)]
    wins = rng.integers(0, 3, (first, second, 7)) / 2
    one_by_one = np.einsum("bi,bj,bp,ijp->b", *weights, wins)
    assert _won(*weights, wins).tolist() == one_by_one.tolist()


def test_where_all_win_there_is_no_interval() -> None:
    rng = np.random.default_rng(0)
    found = compare(scores(rng, np.zeros(20), 3, mean=90), scores(rng, np.zeros(20), 3), draws())
    assert found.improvement == 1 and found.improvement_interval is None
    assert found.gap is not None


def test_more_runs_make_the_effect_larger() -> None:
    rng = np.random.default_rng(0)
    few, many = (
        compare(scores(rng, np.zeros(20), runs, 3, 0, 0, 5), scores(rng, np.zeros(20), runs, 0, 0, 0, 5), draws())
        for runs in (2, 50)
    )
    assert many.effect > 2 * few.effect


def test_one_run_is_compared_over_patients_only() -> None:
    rng = np.random.default_rng(0)
    found = compare(scores(rng, np.zeros(20), 1, mean=50), scores(rng, np.zeros(20), 3), draws())
    assert found.gap is None and found.p_runs is None and found.improvement_interval is None
    assert found.p == found.p_patients < 0.001


def test_a_difference_between_seeds_is_none_between_methods() -> None:
    rng = np.random.default_rng(1)
    made = [scores(rng, np.zeros(20), 3, run_sd=5, own_sd=0, noise_sd=0.5) for _ in range(2)]
    found = compare(*made, draws())
    assert found.p_patients < 0.001
    assert found.p == found.p_runs > 0.05


def test_patients_that_count_in_one_only_are_left_out() -> None:
    first, second = of(np.ones((2, 3))), of(np.zeros((2, 3)))
    first.total[:, 2], first.count[:, 2] = 0, 0
    found = compare(first, second, draws(3))
    assert found.improvement == 1


def test_means_and_patients_that_point_opposite_ways_show_nothing() -> None:
    rng = np.random.default_rng(0)
    patients, cases = 40, np.where(np.arange(40) < 10, 8, 1)
    gain = np.where(np.arange(40) < 10, 0.05, -0.05)
    count = np.broadcast_to(cases[None, :, None], (3, patients, 1)).astype(float)
    noise = rng.normal(0, 0.001, (2, 3, patients, 1))
    first = Scores((0.5 + gain[None, :, None] + noise[0]) * count, count)
    second = Scores((0.5 + noise[1]) * count, count)
    found = compare(first, second, Draws.of(patients, rng))
    assert found.difference > 0 > found.effect and found.p_patients < 0.05
    assert found.p == 1.0


def test_where_no_patient_counts_in_both_nothing_is_shown() -> None:
    one, other = np.zeros((2, 4, 1)), np.zeros((2, 4, 1))
    one[:, :2], other[:, 2:] = 1, 1
    found = compare(Scores(one * 0.9, one), Scores(other * 0.1, other), Draws.of(4, np.random.default_rng(0)))
    assert (found.p, found.improvement, found.improvement_interval) == (1.0, 0.5, None)
