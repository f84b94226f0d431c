"""The default convention, value by value: an empty or missing mask never earns a good score."""

import math

import numpy as np
import pytest

from benchmark.metrics.conventions import MetricError, score

EMPTY = np.zeros((2, 3, 4), np.uint8)
ONE = EMPTY.copy()
ONE[0, 1, 1] = 1
DIAGONAL = math.sqrt(2**2 + 3**2 + 4**2)


def values(prediction: np.ndarray, reference: np.ndarray, spacing=None):
    return score(prediction, reference, ("RV",), spacing)["RV"]


def test_both_empty_is_not_counted() -> None:
    given = values(EMPTY, EMPTY)
    assert not given.counted and not given.missed and not given.false_alarm
    assert all(math.isnan(v) for v in (given.dice, given.jaccard, given.hd95, given.asd, given.asd_pred))


@pytest.mark.parametrize("missed", [True, False])
def test_one_empty_scores_no_overlap_and_the_diagonal(missed: bool) -> None:
    given = values(EMPTY, ONE) if missed else values(ONE, EMPTY)
    assert (given.dice, given.jaccard) == (0, 0)
    assert given.hd95 == given.asd == given.asd_pred == pytest.approx(DIAGONAL)
    assert (given.counted, given.missed, given.false_alarm) == (True, missed, not missed)


def test_the_diagonal_is_in_mm_where_spacing_is_known() -> None:
    given = values(EMPTY, ONE, (10.0, 1.5, 1.0))
    assert given.unit == "mm"
    assert given.hd95 == pytest.approx(math.sqrt(20**2 + 4.5**2 + 4**2))


def test_a_perfect_mask_scores_one_and_zero() -> None:
    given = values(ONE, ONE)
    assert (given.dice, given.jaccard, given.hd95, given.asd, given.unit) == (1, 1, 0, 0, "voxel")


def test_structures_are_scored_apart() -> None:
    reference = EMPTY.copy()
    reference[0, 0, 0], reference[1, 2, 3] = 1, 3
    prediction = reference.copy()
    prediction[1, 2, 3] = 2
    given = score(prediction, reference, ("RV", "Myo", "LV"), None)
    assert given["RV"].dice == 1
    assert given["Myo"].false_alarm and given["LV"].missed


@pytest.mark.parametrize(
    ("prediction", "spacing", "message"),
    [
        (np.zeros((2, 3, 5), np.uint8), None, r"prediction has shape \(2, 3, 5\), the reference \(2, 3, 4\)"),
        (EMPTY.astype(float), None, "prediction holds float64 values; a mask holds whole numbers"),
        (EMPTY + 9, None, r"prediction holds label value 9; known are 0 to 1 \(RV\)"),
        (EMPTY.astype(int) - 1, None, "prediction holds label value -1"),
        (EMPTY, (1.0, 2.0), "spacing .* has 2 values; masks of shape"),
    ],
)
def test_masks_that_do_not_fit_are_refused_in_one_sentence(prediction, spacing, message) -> None:
    with pytest.raises(MetricError, match=message):
        score(prediction, EMPTY, ("RV",), spacing)
