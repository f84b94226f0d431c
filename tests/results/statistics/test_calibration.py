"""Tests reject at their level where there is no effect, intervals cover planted ones at theirs.

The patients' difficulties are shared by the methods; every run has an effect of its own, as seeds have.
"""

import itertools

import numpy as np
import pytest
from scipy import stats

from results.statistics.bootstrap import Draws, difference, interval
from results.statistics.paired import ALPHA, compare, holm, permuted
from tests.results.statistics.simulated import scores

PATIENTS, RESAMPLES = 20, 400


def hard(rng: np.random.Generator) -> np.ndarray:
    return rng.normal(0, 8, PATIENTS)


def coverage(runs: int, run_sd: float, repeats: int, effect: float = 3.0) -> tuple[float, float]:
    """Return how often a mean's and a difference's interval hold the truth."""
    rng = np.random.default_rng(runs)
    held = np.zeros(2)
    for _ in range(repeats):
        patients = hard(rng)
        first, second = (scores(rng, patients, runs, mean, run_sd) for mean in (effect, 0.0))
        draws = Draws.of(PATIENTS, rng, RESAMPLES)
        one, gap = interval(first, draws), difference(first, second, draws)
        assert one is not None and gap is not None
        held += [one.low <= effect <= one.high, gap.low <= effect <= gap.high]
    mean, between = held / repeats
    return float(mean), float(between)


def rejections(runs: int, run_sd: float, repeats: int, own_sd: float = 2.0) -> tuple[float, float]:
    """Return how often two of four equal methods, and any pair after Holm, are told apart."""
    rng = np.random.default_rng(100 + runs)
    single = family = 0
    for _ in range(repeats):
        patients = hard(rng)
        made = [scores(rng, patients, runs, 0.0, run_sd, own_sd) for _ in range(4)]
        draws = Draws.of(PATIENTS, rng, RESAMPLES)
        p = [compare(made[i], made[j], draws).p for i in range(4) for j in range(i)]
        single += p[0] <= 0.05
        family += min(holm(p)) <= 0.05
    return single / repeats, family / repeats


def family_error(methods: int, runs: int, run_sd: float, repeats: int) -> float:
    """Return how often any pair of equal methods is told apart after Holm, that is at the level of his first step."""
    rng = np.random.default_rng(200 + runs)
    pairs = np.array(list(itertools.combinations(range(methods), 2)))
    level, wrong = ALPHA / len(pairs), 0
    for _ in range(repeats):
        patients = hard(rng)
        made = [scores(rng, patients, runs, 0.0, run_sd) for _ in range(methods)]
        draws = Draws.of(PATIENTS, rng, RESAMPLES)
        means = np.stack([one.by_patient.mean(0) for one in made])
        gaps = means[pairs[:, 0]] - means[pairs[:, 1]]
        near = stats.ttest_1samp(gaps, 0, axis=1).pvalue < 10 * level  # the permutation need not count the others
        wrong += any(
            difference(made[i], made[j], draws).p_of() <= level and permuted(gap, rng) <= level
            for gap, (i, j) in zip(gaps[near], pairs[near], strict=True)
        )
    return wrong / repeats


def test_a_planted_effect_is_covered_and_no_effect_is_seldom_found() -> None:
    mean, between = coverage(3, 2.0, 150)
    assert mean > 0.9 and between > 0.9
    single, family = rejections(3, 2.0, 25)
    assert single <= 0.16 and family <= 0.16


def test_the_permutation_rejects_at_its_level() -> None:
    rng = np.random.default_rng(0)
    rejected = [permuted(rng.normal(size=8), rng) <= 0.05 for _ in range(400)]
    assert 0.02 < np.mean(rejected) < 0.085  # five standard errors would be 0.055


@pytest.mark.slow
@pytest.mark.parametrize("run_sd", [0.0, 2.0, 5.0])
@pytest.mark.parametrize("runs", [2, 3, 5, 10])
def test_intervals_cover_planted_effects_at_their_level(runs: int, run_sd: float) -> None:
    """Where few seeds are all that varies, Satterthwaite's degrees of freedom, estimated from them, are too many."""
    least = {(2, 5.0): 0.87, (3, 5.0): 0.92}.get((runs, run_sd), 0.93)
    mean, between = coverage(runs, run_sd, 2_000)
    assert least < mean < 0.97
    assert 0.93 < between < 0.98


@pytest.mark.slow
@pytest.mark.parametrize("run_sd", [0.0, 2.0, 5.0])
@pytest.mark.parametrize("runs", [3, 5])
def test_without_an_effect_a_pair_is_told_apart_at_the_level_and_a_family_no_more_often(
    runs: int, run_sd: float
) -> None:
    single, family = rejections(runs, run_sd, 600)
    assert 0.01 < single < 0.05 + 0.025
    assert family < 0.05 + 0.02


@pytest.mark.slow
@pytest.mark.parametrize("run_sd", [2.0, 5.0])
@pytest.mark.parametrize(("runs", "most"), [(3, 0.13), (5, 0.06)])
def test_of_eighteen_equal_methods_three_seeds_tell_some_pair_apart_too_often(
    runs: int, most: float, run_sd: float
) -> None:
    """The price of intervals of the right width: Holm's first step is far out in a tail that few seeds can't know."""
    wrong = family_error(18, runs, run_sd, 600)
    assert wrong < most
    assert runs > 3 or wrong > 0.06  # else the page warns of nothing


@pytest.mark.slow
@pytest.mark.parametrize("effect", [0.0, 3.0, 8.0])
@pytest.mark.parametrize("run_sd", [0.0, 2.0, 5.0])
@pytest.mark.parametrize("runs", [3, 5])
def test_the_probability_of_improvement_is_covered(runs: int, run_sd: float, effect: float) -> None:
    """Wide where seeds make no difference, narrow near 1 where they make much: draws of wins spread less there.

    Where all or none win there is no interval.
    """
    rng = np.random.default_rng(300 + runs)
    own_sd, noise_sd = 2.0, 3.0
    truth = stats.norm.cdf(effect / np.sqrt(2 * (own_sd**2 + run_sd**2 + noise_sd**2)))
    held = []
    for _ in range(600):
        patients = hard(rng)
        first, second = (scores(rng, patients, runs, mean, run_sd, own_sd, noise_sd) for mean in (effect, 0.0))
        found = compare(first, second, Draws.of(PATIENTS, rng, RESAMPLES)).improvement_interval
        if found is not None:
            held.append(found[0] <= truth <= found[1])
    assert len(held) > 500
    assert np.mean(held) > (0.84 if (run_sd, effect) == (5.0, 8.0) else 0.88)


@pytest.mark.slow
def test_percentiles_of_the_plain_bootstrap_would_not_cover() -> None:
    rng, held = np.random.default_rng(0), 0
    for _ in range(1_000):
        values = scores(rng, hard(rng) / 4, 3, run_sd=5).by_patient
        runs, patients = (rng.multinomial(n, np.full(n, 1 / n), RESAMPLES) / n for n in values.shape)
        low, high = np.quantile(((runs @ values) * patients).sum(1), [0.025, 0.975])
        held += low <= 0 <= high
    assert held / 1_000 < 0.85
