"""What must not change a score, and what another convention or engine may change."""

from __future__ import annotations

import math
import os
import sys
from dataclasses import astuple, replace
from pathlib import Path

import h5py
import numpy as np
import numpy.typing as npt
import pytest
from scipy import ndimage

from benchmark.metrics import medpy_engine
from benchmark.metrics.conventions import CONVENTIONS, DEFAULT, Convention, Cost, Mask, Scores, score
from benchmark.metrics.errors import MetricError
from benchmark.metrics.surface import surface_distances

STRUCTURES = ("RV", "Myo", "LV")
SPACING = (10.0, 1.5, 1.25)
EMPTY = np.zeros((2, 3, 4), np.uint8)
ONE = EMPTY.copy()
ONE[0, 1, 1] = 1


def labels(seed: int) -> Mask:
    """Return smooth random labels 0 to 3, (5, 14, 16), that touch the borders of the image."""
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(4, 5, 14, 16)), (0, 1, 2, 2))
    return np.asarray(noise.argmax(axis=0), dtype=np.uint8)


def assert_equal(given: Scores, wanted: Scores) -> None:
    numbers, rest = slice(5), slice(5, None)
    assert astuple(given)[numbers] == pytest.approx(astuple(wanted)[numbers], rel=1e-9, abs=1e-9)
    assert astuple(given)[rest] == astuple(wanted)[rest]


def assert_engines_agree(prediction: Mask, reference: Mask, convention: Convention = DEFAULT) -> None:
    given = prediction, reference, STRUCTURES, SPACING, convention
    ours, theirs = score(*given), score(*given, medpy_engine.measure)
    for name in STRUCTURES:
        assert_equal(ours[name], theirs[name])


@pytest.mark.parametrize("seed", range(10))
def test_the_medpy_engine_gives_the_same_scores(seed: int) -> None:
    assert_engines_agree(labels(seed), labels(seed + 100))


@pytest.mark.parametrize("name", CONVENTIONS)
def test_the_medpy_engine_gives_the_same_scores_under_every_convention(name: str) -> None:
    assert_engines_agree(labels(20), labels(120), CONVENTIONS[name])


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.int64, np.uint64])
def test_any_whole_number_type_gives_the_same_scores(kind: npt.DTypeLike) -> None:
    wanted = score(labels(0), labels(1), STRUCTURES, SPACING)
    assert score(labels(0).astype(kind), labels(1).astype(kind), STRUCTURES, SPACING) == wanted


def test_swapping_the_masks_keeps_all_but_the_direction() -> None:
    there, back = score(labels(2), labels(3), STRUCTURES, SPACING), score(labels(3), labels(2), STRUCTURES, SPACING)
    for name in STRUCTURES:
        assert_equal(replace(there[name], asd_pred=0), replace(back[name], asd_pred=0))
        assert there[name].asd_pred != back[name].asd_pred


def test_moving_both_masks_in_a_larger_image_changes_nothing() -> None:
    near, far = ((1, 9), (2, 30), (0, 21)), ((7, 3), (30, 2), (20, 1))
    here, there = (
        score(np.pad(labels(4), margin), np.pad(labels(5), margin), STRUCTURES, SPACING) for margin in (near, far)
    )
    for name in STRUCTURES:
        assert_equal(here[name], there[name])


def test_scaling_the_spacing_scales_the_distances_alone() -> None:
    double = [2 * step for step in SPACING]
    once, twice = (score(labels(6), labels(7), STRUCTURES, spacing) for spacing in (SPACING, double))
    for name in STRUCTURES:
        wanted = replace(once[name], **{key: 2 * getattr(once[name], key) for key in ("hd95", "asd", "asd_pred")})
        assert_equal(twice[name], wanted)


def test_a_volume_of_one_slice_is_all_surface_and_a_2d_mask_is_not() -> None:
    square = np.zeros((9, 9), np.uint8)
    square[2:7, 2:7] = 1
    inner = np.zeros_like(square)
    inner[4, 4] = 1
    flat = score(inner, square, ("RV",), None)["RV"]
    thick = score(inner[None], square[None], ("RV",), None)["RV"]
    assert (flat.asd_pred, thick.asd_pred) == (2, 0)
    assert flat.dice == thick.dice == pytest.approx(2 / 26)


def frames() -> list[tuple[Mask, Mask]]:
    """Return both frames' labels of the first ACDC patients whose frames have one shape."""
    folder = Path(os.environ.get("ACTION_BENCH_DATA") or os.devnull) / "acdc" / "volumes"
    pairs = []
    for patient in ("patient001", "patient002", "patient003"):
        masks = []
        for path in sorted(folder.glob(f"{patient}_frame*.h5")):
            with h5py.File(path) as file:
                masks.append(np.asarray(file["label"], dtype=np.uint8))
        if len(masks) == 2 and masks[0].shape == masks[1].shape:
            pairs.append((masks[0], masks[1]))
    return pairs or pytest.skip("ACTION_BENCH_DATA names no folder with acdc/")


def test_engines_agree_on_the_two_frames_of_acdc_patients() -> None:
    for diastole, systole in frames():
        assert_engines_agree(systole, diastole)


def test_engines_agree_on_an_eroded_acdc_mask() -> None:
    reference = frames()[0][0]
    inside = ndimage.binary_erosion(reference > 0, np.ones((1, 3, 3)))
    assert_engines_agree(np.where(inside, reference, 0).astype(np.uint8), reference)


def test_another_convention_is_another_value() -> None:
    kind = replace(
        DEFAULT, both_empty=Cost(1, 0), missed=Cost(0, 0), false_alarm=Cost(overlap=1, diagonals=0.5), millimetres=False
    )
    pairs = {"both": (EMPTY, EMPTY), "missed": (EMPTY, ONE), "false_alarm": (ONE, EMPTY)}
    given = {name: score(*pair, ("RV",), SPACING, kind)["RV"] for name, pair in pairs.items()}
    half = math.sqrt(2**2 + 3**2 + 4**2) / 2
    assert given["both"] == Scores(1, 1, 0, 0, 0, "voxel", counted=True, missed=False, false_alarm=False)
    assert given["missed"] == Scores(0, 0, 0, 0, 0, "voxel", counted=True, missed=True, false_alarm=False)
    assert given["false_alarm"] == Scores(1, 1, half, half, half, "voxel", counted=True, missed=False, false_alarm=True)


def test_a_pair_without_a_cost_is_not_counted_but_stays_flagged() -> None:
    given = score(EMPTY, ONE, ("RV",), None, replace(DEFAULT, missed=None))["RV"]
    assert (given.counted, given.missed) == (False, True)
    assert math.isnan(given.dice) and math.isnan(given.hd95)


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf])
def test_a_spacing_that_is_no_length_is_refused(bad: float) -> None:
    with pytest.raises(MetricError, match="must be positive millimetre values"):
        score(ONE, ONE, ("RV",), (1.0, bad, 1.0))


@pytest.mark.parametrize("shape", [(4,), (1, 2, 3, 4)])
def test_masks_of_other_than_two_or_three_axes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(MetricError, match="the same 2-D or 3-D shape"):
        score(np.zeros(shape, np.uint8), np.zeros(shape, np.uint8), ("RV",), None)


def test_a_reference_is_checked_as_a_prediction_is() -> None:
    with pytest.raises(MetricError, match="reference holds label value 2; known are 0 to 1"):
        score(ONE, ONE * 2, ("RV",), None)
    with pytest.raises(MetricError, match="reference holds bool values"):
        score(ONE, ONE > 0, ("RV",), None)  # type: ignore[arg-type]


def test_surface_distances_of_unequal_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="not equal"):
        surface_distances(ONE > 0, ONE[:1] > 0)


def test_the_medpy_engine_says_that_medpy_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "medpy.metric", None)
    with pytest.raises(MetricError, match="needs MedPy, which is not installed"):
        score(ONE, ONE, ("RV",), None, measure=medpy_engine.measure)
