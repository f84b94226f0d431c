"""Scores: the mean is the table's, a patient's frames are one unit, what doesn't count is left out."""

import numpy as np
import pytest

from results.statistics.scores import Scores
from tests.results.statistics.simulated import of


def test_the_mean_is_that_of_cases_then_structures_then_runs() -> None:
    total = np.array([[[1.0, 4.0], [3.0, 0.0]], [[2.0, 2.0], [2.0, 0.0]]])
    count = np.array([[[1.0, 2.0], [2.0, 0.0]], [[1.0, 2.0], [2.0, 0.0]]])
    first = ((1 + 3) / 3 + 4 / 2) / 2
    second = ((2 + 2) / 3 + 2 / 2) / 2
    assert Scores(total, count).mean() == pytest.approx((first + second) / 2)


def test_a_patient_without_a_structure_is_averaged_over_the_others() -> None:
    scores = Scores(np.array([[[1.0, 0.0]]]), np.array([[[2.0, 0.0]]]))
    assert scores.by_patient().tolist() == [[0.5]]
    assert np.isnan(scores.structure(1).by_patient()).all()
    assert np.isnan(scores.structure(1).mean())


def test_weights_stand_for_repeated_patients() -> None:
    values = np.array([[1.0, 2.0, 6.0], [0.0, 0.0, 9.0]])
    weighted = of(values).weighted(np.array([[1.0, 1.0, 1.0], [0.0, 1.0, 3.0]]))
    assert weighted.tolist() == [[3.0, 3.0], [5.0, 6.75]]
