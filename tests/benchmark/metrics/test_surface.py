"""Metrics equal MedPy's to 1e-9 on masks of every kind, and known values by hand."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from medpy.metric import binary

from benchmark.metrics.conventions import score
from benchmark.metrics.overlap import dice, jaccard
from benchmark.metrics.surface import asd, assd, hd95, surface_distances

EXACT = {"rel": 1e-9, "abs": 1e-9}


def mask(text: str) -> np.ndarray:
    return np.array([[cell == "1" for cell in row] for row in text.split()])


@st.composite
def pairs(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, list[float] | None]:
    """Two masks of one shape, dense or sparse (down to single voxels), touching borders or not, and a spacing."""
    shape = tuple(draw(st.lists(st.integers(1, 9), min_size=2, max_size=3)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    masks = []
    for _ in range(2):
        filled = rng.random(shape) < draw(st.sampled_from([0.02, 0.1, 0.4, 0.9, 1.0]))
        if draw(st.booleans()):  # a block instead
            filled = np.zeros(shape, bool)
            starts = [int(rng.integers(0, size)) for size in shape]
            filled[tuple(slice(s, s + 1 + int(rng.integers(0, 5))) for s in starts)] = True
        masks.append(filled)
    spacing = draw(st.none() | st.lists(st.floats(0.3, 10), min_size=len(shape), max_size=len(shape)))
    return masks[0], masks[1], spacing


@given(pairs())
@settings(max_examples=1200, deadline=None)
def test_all_metrics_equal_medpy(pair: tuple[np.ndarray, np.ndarray, list[float] | None]) -> None:
    prediction, reference, spacing = pair
    assume(prediction.any() and reference.any())
    assert_equal_to_medpy(prediction, reference, spacing)


def assert_equal_to_medpy(prediction: np.ndarray, reference: np.ndarray, spacing: list[float] | None) -> None:
    distances = surface_distances(prediction, reference, spacing)
    assert dice(prediction, reference) == pytest.approx(binary.dc(prediction, reference), **EXACT)
    assert jaccard(prediction, reference) == pytest.approx(binary.jc(prediction, reference), **EXACT)
    assert hd95(distances) == pytest.approx(binary.hd95(prediction, reference, spacing), **EXACT)
    assert asd(distances) == pytest.approx(binary.asd(prediction, reference, spacing), **EXACT)
    assert assd(distances) == pytest.approx(binary.assd(prediction, reference, spacing), **EXACT)


@pytest.fixture(scope="module")
def acdc_masks() -> list[np.ndarray]:
    import h5py

    folder = Path(os.environ.get("ACTION_BENCH_DATA", "")) / "acdc" / "volumes"
    paths = sorted(folder.glob("*.h5"))[:4]
    if not os.environ.get("ACTION_BENCH_DATA") or not paths:
        pytest.skip("ACTION_BENCH_DATA names no folder with acdc/volumes/")
    return [h5py.File(path)["label"][()] for path in paths]


@pytest.mark.parametrize("spacing", [None, [10.0, 1.5, 1.5]])
def test_all_metrics_equal_medpy_on_acdc(acdc_masks: list[np.ndarray], spacing: list[float] | None) -> None:
    for reference in acdc_masks:
        prediction = np.roll(reference, (1, 4, -3), (0, 1, 2))
        scores = score(prediction, reference, ("RV", "Myo", "LV"), spacing)
        for label, values in enumerate(scores.values(), 1):
            pair = prediction == label, reference == label
            assert_equal_to_medpy(*pair, spacing)
            given_values = (values.dice, values.jaccard, values.hd95, values.asd, values.asd_pred)
            wanted = [binary.dc(*pair), binary.jc(*pair)]
            wanted += [metric(*pair, spacing) for metric in (binary.hd95, binary.assd, binary.asd)]
            assert given_values == pytest.approx(wanted, **EXACT)


def test_dice_of_half_overlap_is_two_thirds() -> None:
    assert dice(mask("1100"), mask("1000")) == pytest.approx(2 / 3)
    assert jaccard(mask("1100"), mask("1000")) == pytest.approx(1 / 2)


def test_overlap_of_two_empty_masks_is_left_to_the_convention() -> None:
    assert np.isnan(dice(mask("00"), mask("00"))) and np.isnan(jaccard(mask("00"), mask("00")))


def test_distances_of_two_voxels_are_their_distance_in_mm() -> None:
    distances = surface_distances(mask("1000"), mask("0001"), [7.0, 2.5])
    assert distances.prediction_to_reference.tolist() == distances.reference_to_prediction.tolist() == [7.5]


def test_asd_has_a_direction_and_assd_has_none() -> None:
    one, other = mask("10000"), mask("10001")
    there, back = surface_distances(one, other), surface_distances(other, one)
    assert (asd(there), asd(back)) == (0, 2)
    assert assd(there) == assd(back) == pytest.approx(4 / 3)


def test_swapping_the_masks_keeps_the_symmetric_metrics() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.random((2, 6, 7, 8)) < 0.3
    there, back = surface_distances(one, other), surface_distances(other, one)
    assert hd95(there) == hd95(back)
    assert dice(one, other) == dice(other, one)


def test_a_margin_around_both_masks_changes_nothing() -> None:
    rng = np.random.default_rng(1)
    one, other = rng.random((2, 5, 6, 7)) < 0.3
    wide = [np.pad(part, ((3, 1), (0, 5), (2, 2))) for part in (one, other)]
    assert hd95(surface_distances(*wide)) == hd95(surface_distances(one, other))


def test_surface_distances_of_an_empty_mask_are_refused() -> None:
    with pytest.raises(ValueError, match="two non-empty masks"):
        surface_distances(mask("10"), mask("00"))
