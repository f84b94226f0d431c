"""Scores: the mean is the table's, a patient's frames are one unit, what doesn't count is left out."""

import numpy as np
import pytest

from results.statistics.scores import LANES, ONE_THREAD, Scores, blocks
from tests.results.statistics.simulated import of


def test_the_mean_is_that_of_cases_then_structures_then_runs() -> None:
    total = np.array([[[1.0, 4.0], [3.0, 0.0]], [[2.0, 2.0], [2.0, 0.0]]])
    count = np.array([[[1.0, 2.0], [2.0, 0.0]], [[1.0, 2.0], [2.0, 0.0]]])
    first = ((1 + 3) / 3 + 4 / 2) / 2
    second = ((2 + 2) / 3 + 2 / 2) / 2
    assert Scores(total, count).mean() == pytest.approx((first + second) / 2)


def test_a_patient_without_a_structure_is_averaged_over_the_others() -> None:
    scores = Scores(np.array([[[1.0, 0.0]]]), np.array([[[2.0, 0.0]]]))
    assert scores.by_patient.tolist() == [[0.5]]
    assert np.isnan(scores.structure(1).by_patient).all()
    assert np.isnan(scores.structure(1).mean())


def test_weights_stand_for_repeated_patients() -> None:
    values = np.array([[1.0, 2.0, 6.0], [0.0, 0.0, 9.0]])
    weighted = of(values).weighted(np.array([[1.0, 1.0, 1.0], [0.0, 1.0, 3.0]]))
    assert weighted.tolist() == [[3.0, 3.0], [5.0, 6.75]]


@pytest.mark.parametrize(("runs", "structures"), [(2, 1), (3, 3), (5, 3), (8, 4)])
@pytest.mark.parametrize("patients", [5, 20, 40])
def test_sums_in_parts_are_the_sums_of_all_draws_at_once(patients: int, runs: int, structures: int) -> None:
    rng = np.random.default_rng(0)
    weights = rng.multinomial(patients - 1, np.full(patients, 1 / patients), size=2_000).astype(float)
    count = rng.integers(1, 3, (1, patients, structures)).repeat(runs, 0).astype(float)
    total = count * rng.random((runs, patients, structures))
    means = [np.einsum("bp,rps->brs", weights, one) for one in (total, count)]
    assert Scores(total, count).weighted(weights) == pytest.approx((means[0] / means[1]).mean(-1), rel=1e-12)


def test_parts_are_whole_lanes_and_too_small_for_threads() -> None:
    parts = [range(2_000)[part] for part in blocks(2_000, 300)]
    assert [number for part in parts for number in part] == list(range(2_000))
    assert all(len(part) % LANES == 0 and len(part) * 300 < ONE_THREAD + LANES * 300 for part in parts)
    assert len(parts) == 3
    assert [len(range(2_000)[part]) for part in blocks(2_000, 10)] == [2_000]
    assert len(list(blocks(10, 10**9))) == 2


def test_a_run_that_counts_other_cases_has_means_of_its_own() -> None:
    total = np.array([[[1.0], [3.0]], [[1.0], [0.0]]])
    count = np.array([[[1.0], [1.0]], [[1.0], [0.0]]])
    assert Scores(total, count).weighted(np.ones((1, 2))).tolist() == [[2.0, 1.0]]
    assert np.isnan(Scores(total, count).weighted(np.array([[0.0, 2.0]]))).tolist() == [[False, True]]
