"""Tests reject at their level where there is no effect, intervals cover planted ones at theirs.

The patients' difficulties are shared by the methods; every run has an effect of its own, as seeds have.
"""

import numpy as np
import pytest

from results.statistics.bootstrap import Draws, difference, interval
from results.statistics.paired import compare, holm, permuted
from tests.results.statistics.simulated import scores

PATIENTS, RESAMPLES, PERMUTATIONS = 20, 400, 399
TOO_CAREFUL = pytest.mark.xfail(
    strict=True,
    reason="three seeds without a difference: 0.5 % are told apart, not 5; intervals are too wide there",
)


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
        p = [compare(made[i], made[j], draws, PERMUTATIONS).p for i in range(4) for j in range(i)]
        single += p[0] <= 0.05
        family += min(holm(p)) <= 0.05
    return single / repeats, family / repeats


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
@pytest.mark.parametrize("runs", [3, 5, 10])
def test_intervals_cover_planted_effects_at_their_level(runs: int, run_sd: float) -> None:
    """Where seeds make no difference they are too wide: a residual counts among patients and among seeds."""
    for held in coverage(runs, run_sd, 2_000):
        assert 0.93 < held < (0.985 if run_sd else 0.9975)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("runs", "run_sd"),
    [pytest.param(3, 0.0, marks=TOO_CAREFUL), (3, 2.0), (3, 5.0), (5, 0.0), (5, 2.0), (5, 5.0)],
)
def test_without_an_effect_a_pair_is_told_apart_at_the_level_and_a_family_no_more_often(
    runs: int, run_sd: float
) -> None:
    single, family = rejections(runs, run_sd, 600)
    assert 0.005 < single < 0.05 + 0.027
    assert family < 0.05 + 0.027


@pytest.mark.slow
def test_percentiles_of_the_plain_bootstrap_would_not_cover() -> None:
    rng, held = np.random.default_rng(0), 0
    for _ in range(1_000):
        values = scores(rng, hard(rng) / 4, 3, run_sd=5).by_patient()
        runs, patients = (rng.multinomial(n, np.full(n, 1 / n), RESAMPLES) / n for n in values.shape)
        low, high = np.quantile(((runs @ values) * patients).sum(1), [0.025, 0.975])
        held += low <= 0 <= high
    assert held / 1_000 < 0.85
