"""Every named convention, value by value: units, empty masks, percentile, direction, limits; MONAI's by running it."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

from benchmark.metrics.conventions import CONVENTIONS, Scores, convention_named, printed, score
from benchmark.metrics.errors import MetricError

NAN, INF = math.nan, math.inf
EMPTY = np.zeros((4, 8, 8), np.uint8)
ONE = EMPTY.copy()
ONE[1:3, 2:4, 2:4] = 1
SPACING = (10.0, 2.0, 2.0)
DIAGONAL = math.sqrt(40**2 + 16**2 + 16**2)
PAIRS = {"both": (EMPTY, EMPTY), "missed": (EMPTY, ONE), "false_alarm": (ONE, EMPTY)}
FAR = (0, 0, DIAGONAL, DIAGONAL)
EMPTY_RULES = {  # what the script prints as Dice, Jaccard, HD95, ASD
    ("default", "both"): (NAN, NAN, NAN, NAN),
    ("default", "missed"): FAR,
    ("default", "false_alarm"): FAR,
    ("action", "both"): (0, 0, 0, 0),
    ("action", "missed"): (0, 0, 0, 0),
    ("action", "false_alarm"): (1, 1, 0, 0),
    ("ssl4mis", "both"): (0, NAN, 0, 0),
    ("ssl4mis", "missed"): (0, NAN, 0, 0),
    ("ssl4mis", "false_alarm"): (NAN, NAN, NAN, NAN),
    ("bcp", "both"): (0, 0, 0, 0),
    ("bcp", "missed"): (0, 0, 0, 0),
    ("bcp", "false_alarm"): (NAN, NAN, NAN, NAN),
    ("dhc", "both"): (0.01, NAN, NAN, 0),
    ("dhc", "missed"): (0, NAN, NAN, 128),
    ("dhc", "false_alarm"): (0, NAN, NAN, 128),
    ("pymic", "both"): (1, 1, 0, 0),
    ("pymic", "missed"): (0, 0, 50, 20),
    ("pymic", "false_alarm"): (0, 0, 50, 20),
    ("monai", "both"): (NAN, NAN, NAN, NAN),
    ("monai", "missed"): (0, 0, NAN, INF),
    ("monai", "false_alarm"): (NAN, NAN, NAN, INF),
    ("nnunet", "both"): (NAN, NAN, NAN, NAN),
    ("nnunet", "missed"): (0, 0, NAN, NAN),
    ("nnunet", "false_alarm"): (0, 0, NAN, NAN),
}
MM = {"default", "pymic", "monai", "nnunet"}


def scored(name: str, prediction: np.ndarray, reference: np.ndarray) -> Scores:
    return score(prediction, reference, ("RV",), SPACING, CONVENTIONS[name])["RV"]


def said(name: str, prediction: np.ndarray, reference: np.ndarray) -> tuple[float, ...]:
    return tuple(printed(scored(name, prediction, reference), CONVENTIONS[name]).values())


def line(*lengths: int) -> np.ndarray:
    """Return a mask of rows of the given lengths, one voxel high, from the left border."""
    mask = np.zeros((1, 2 * len(lengths), 120), np.uint8)
    for row, length in enumerate(lengths):
        mask[0, 2 * row, :length] = 1
    return mask


def test_every_named_convention_is_tested_for_every_empty_pair() -> None:
    assert set(EMPTY_RULES) == {(name, kind) for name in CONVENTIONS for kind in PAIRS}
    assert list(CONVENTIONS) == ["default", "action", "ssl4mis", "bcp", "dhc", "pymic", "monai", "nnunet"]


@pytest.mark.parametrize(("name", "kind"), EMPTY_RULES)
def test_what_an_empty_mask_costs(name: str, kind: str) -> None:
    assert said(name, *PAIRS[kind]) == pytest.approx(EMPTY_RULES[name, kind], nan_ok=True)


@pytest.mark.parametrize("name", CONVENTIONS)
def test_the_unit_is_the_script_s(name: str) -> None:
    moved = np.roll(ONE, 1, 0)
    given = scored(name, moved, ONE)
    assert given.unit == ("mm" if name in MM else "voxel")
    assert given.hd95 == (10 if name in MM else 1)


@pytest.mark.parametrize("name", CONVENTIONS)
def test_only_the_default_and_pymic_average_both_directions(name: str) -> None:
    """The prediction lies within the reference's surface; only the way back is long."""
    prediction, reference = line(1), line(5)
    way = printed(score(prediction, reference, ("RV",), None, CONVENTIONS[name])["RV"], CONVENTIONS[name])["asd"]
    expected = {"default": 10 / 6, "pymic": 10 / 6, "nnunet": NAN}
    assert way == pytest.approx(expected.get(name, 0), nan_ok=True)


def test_percentiles_are_pooled_or_of_the_larger_direction() -> None:
    """From the prediction: 0. From the reference: 0, then 1 to 4. Pooled: 0, 0, 1, 2, 3, 4."""
    pair = line(1), line(5)
    values = {name: score(*pair, ("RV",), None, CONVENTIONS[name])["RV"].hd95 for name in CONVENTIONS}
    assert values["action"] == values["default"] == values["bcp"] == pytest.approx(3.75)
    assert values["monai"] == pytest.approx(3.8)
    assert values["pymic"] == 4  # the value at rank floor(0.95 * 5), without interpolation


def test_pymic_limits_its_distances() -> None:
    pair = line(1), line(120)
    given = score(*pair, ("RV",), (1.0, 1.0, 1.0), CONVENTIONS["pymic"])["RV"]
    assert (given.hd95, given.asd, given.unit) == (50, 20, "mm")
    assert score(*pair, ("RV",), None, CONVENTIONS["monai"])["RV"].hd95 > 100


def test_limits_in_mm_are_none_of_voxels() -> None:
    given = score(line(1), line(120), ("RV",), None, CONVENTIONS["pymic"])["RV"]
    assert (given.hd95, given.asd, given.unit) == (114, pytest.approx(7140 / 121), "voxel")
    missed = score(EMPTY, ONE, ("RV",), None, CONVENTIONS["pymic"])["RV"]
    assert (missed.hd95, missed.asd) == (100, 20)  # what one empty mask costs has no unit


def test_resizing_is_of_labels_where_the_script_resizes_masks() -> None:
    assert {name for name, one in CONVENTIONS.items() if one.resize == "labels"} == {"action", "ssl4mis", "bcp"}


def test_two_empty_masks_are_a_hundredth_of_a_perfect_one_in_dhc() -> None:
    assert said("dhc", EMPTY, EMPTY)[0] == said("dhc", ONE, ONE)[0] / 100 == 0.01


@pytest.mark.parametrize("wrong", ["acton", "ACTION", "Action"])
def test_a_name_written_otherwise_is_hinted_at(wrong: str) -> None:
    with pytest.raises(MetricError, match=rf"no convention '{wrong}'; did you mean action\?"):
        convention_named(wrong)


def test_every_convention_but_the_default_says_where_it_was_read() -> None:
    assert all(
        "@" in one.source or "MONAI 1.6.1" in one.source for name, one in CONVENTIONS.items() if name != "default"
    )


@pytest.mark.parametrize("kind", [*PAIRS, "full"])
def test_monai_itself_says_the_same(kind: str) -> None:
    metrics = pytest.importorskip("monai.metrics")
    import torch

    pair = (np.roll(ONE, (1, 1), (1, 2)) | ONE, ONE) if kind == "full" else PAIRS[kind]
    prediction, reference = (torch.from_numpy(mask)[None, None].float() for mask in pair)
    options = {"include_background": True}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that masks are empty
        theirs = [
            metrics.compute_dice(prediction, reference, **options),
            metrics.compute_iou(prediction, reference, **options),
            metrics.compute_hausdorff_distance(prediction, reference, percentile=95, spacing=SPACING, **options),
            metrics.compute_average_surface_distance(prediction, reference, spacing=SPACING, **options),
        ]
    assert said("monai", *pair) == pytest.approx([value.item() for value in theirs], rel=1e-6, nan_ok=True)
