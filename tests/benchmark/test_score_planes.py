"""A stack of one mask a structure is no volume of slices: it is asked about, and read as what the user says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest

from benchmark.scoring.planes import labels_of_planes, relation_of
from tests.benchmark.scoring.mask_folders import HALF, REFERENCE, dice, npz, refusal, scores

TWO_THIRDS = pytest.approx(2 / 3)
SIDE = 32
ROWS, COLUMNS = np.indices((SIDE, SIDE))
AWAY = np.hypot(ROWS - 15.5, COLUMNS - 15.5)
HEART = np.select([AWAY < 5, AWAY < 9, (AWAY < 14) & (COLUMNS < 12)], [3, 2, 1], 0).astype(np.uint8)  # LV, Myo, RV
UPPER = np.where(ROWS < SIDE // 2, HEART, 0).astype(np.uint8)  # half of each: Dice 2/3
LUNGS = np.select([(COLUMNS > 2) & (COLUMNS < 14), (COLUMNS > 17) & (COLUMNS < 29)], [1, 2], 0).astype(np.uint8)
LUNGS[[0, 1, -2, -1]] = 0
TUMOUR = [(radius > AWAY).astype(np.uint8) for radius in (14, 9, 5)]  # whole, core, enhancing
THIN = np.stack([radius > AWAY for radius in (14, 13, 11)]).astype(np.uint8)  # a structure of three slices


def one_hot(labels: np.ndarray, first: int = 1, last: int = 3) -> np.ndarray:
    return np.stack([labels == label for label in range(first, last + 1)]).astype(np.uint8)


def folders(root: Path, mine: np.ndarray | list[np.ndarray], truth: np.ndarray | list[np.ndarray]) -> tuple[Path, Path]:
    for name, masks in (("mine", mine), ("truth", truth)):
        (root / name).mkdir()
        for k, mask in enumerate(masks if isinstance(masks, list) else [masks]):
            npz(root / name / f"p{k}.npz", mask)
    return root / "mine", root / "truth"


@pytest.mark.parametrize("axis", [0, 2])
@pytest.mark.parametrize("first", [0, 1])
def test_a_stack_of_masks_on_both_sides_is_asked_about_and_has_the_scores_of_its_structures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], first: int, axis: int
) -> None:
    stacks = [np.moveaxis(one_hot(labels, first), 0, axis) for labels in (UPPER, HEART)]
    both = folders(tmp_path, *stacks)
    error = refusal(capsys, both[0], "--reference", both[1])
    assert "p0.npz" in error and " x ".join(map(str, stacks[1].shape)) in error
    if (first, axis) != (1, 2):  # of three colours
        assert "structures" in error and "slices" in error
    stated = ("--planes", "structures", "--reference-planes", "structures")
    assert dice(both, *stated) == [TWO_THIRDS] * 3
    assert scores(both, *stated)["hd95"].max() < 14  # in one plane


def test_a_stack_on_one_side_is_read_beside_labels_on_the_other(tmp_path: Path, capsys) -> None:
    both = folders(tmp_path, one_hot(UPPER), HEART)
    error = refusal(capsys, both[0], "--reference", both[1])
    assert "p0.npz [arr_0] holds an array of 3 x 32 x 32, and" in error and "--planes structures" in error
    assert dice(both, "--planes", "structures") == [TWO_THIRDS] * 3
    back = (both[1], both[0])
    assert "--reference-planes structures" in refusal(capsys, back[0], "--reference", back[1])
    assert dice(back, "--reference-planes", "structures") == [TWO_THIRDS] * 3


def test_a_stack_of_volumes_is_read_where_it_is_stated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = folders(tmp_path, one_hot(HALF, 0, 2), one_hot(REFERENCE, 1, 2))
    assert "4 axes (3 x 4 x 8 x 6)" in (error := refusal(capsys, both[0], "--reference", both[1]))
    assert "--planes structures" in error
    assert dice(both, "--planes", "structures", "--reference-planes", "structures") == [TWO_THIRDS] * 2


def test_a_missing_structure_keeps_the_numbers_of_the_others(tmp_path: Path) -> None:
    no_first = np.where(UPPER == 1, 0, UPPER)
    both = folders(tmp_path, one_hot(no_first), one_hot(HEART))
    stated = ("--planes", "structures", "--reference-planes", "structures")
    assert dice(both, *stated) == [0, TWO_THIRDS, TWO_THIRDS]


@pytest.mark.parametrize("order", [(1, 0, 2), (2, 0, 1), (0, 2, 1), (1, 2, 0)])
def test_regions_in_one_another_in_an_order_that_no_volume_has_are_asked_about(tmp_path: Path, capsys, order) -> None:
    stack = np.stack([TUMOUR[k] for k in order])
    both = folders(tmp_path, stack, stack)
    assert "may be a mask a structure" in (error := refusal(capsys, both[0], "--reference", both[1]))
    assert "3 x 32 x 32" in error and "--reference-planes" in error


@pytest.mark.parametrize(
    "stack", [np.stack(TUMOUR), np.stack(TUMOUR[::-1]), np.stack(TUMOUR[:2]), one_hot(LUNGS, 1, 2)]
)
def test_what_one_volume_may_be_is_asked_about_where_three_cases_are_alike(tmp_path: Path, capsys, stack) -> None:
    (tmp_path / "three").mkdir()
    both = folders(tmp_path / "three", [stack] * 3, [stack] * 3)
    assert "in all of 3 cases" in (error := refusal(capsys, both[0], "--reference", both[1]))
    assert "p0.npz" in error and "--reference-planes slices" in error
    assert dice(both, "--reference-planes", "slices") == [1, 1, 1]
    (tmp_path / "two").mkdir()
    assert dice(folders(tmp_path / "two", [stack] * 2, [stack] * 2)) == [1, 1]
    planes = len(stack)
    assert f"each array was read as {planes} slices of one mask; if these are {planes}" in capsys.readouterr().out


def test_regions_that_overlap_have_no_label_a_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = folders(tmp_path, np.stack(TUMOUR), np.stack(TUMOUR))
    error = refusal(capsys, both[0], "--reference", both[1], "--planes", "structures")
    assert f"overlap at {TUMOUR[1].sum()} places" in error and "each region in a folder of its own" in error


def test_stacks_of_more_than_0_and_1_are_asked_about_and_no_label_maps_are_stacks(tmp_path: Path, capsys) -> None:
    coloured = one_hot(HEART) * np.array([1, 2, 3], np.uint8)[:, None, None]
    both = folders(tmp_path, UPPER, coloured)
    assert "may be a mask a structure" in refusal(capsys, both[1], "--reference", both[1])
    assert dice(both, "--reference-planes", "structures") == [TWO_THIRDS] * 3
    npz(both[1] / "p0.npz", REFERENCE)
    error = refusal(capsys, both[0], "--reference", both[1], "--reference-planes", "structures")
    assert "4 x 8 x 6, which is no stack" in error


def test_a_run_and_a_data_set_say_themselves_what_their_planes_are(tmp_path: Path, capsys) -> None:
    both = folders(tmp_path, HEART, HEART)
    assert "reference-planes is for a reference folder" in refusal(
        capsys, both[0], "--reference", "phantom", "--reference-planes", "slices"
    )
    (both[0] / "cell.json").write_text("{}")
    assert "--files, --key and --planes are for" in refusal(
        capsys, both[0], "--reference", both[1], "--planes", "slices"
    )


@pytest.mark.parametrize(
    "mask", [THIN, THIN[:2], THIN[::-1], np.stack([THIN[0]] * 3), THIN[[1, 0, 1]], THIN[[1, 0, 2]], THIN[:, :, :20]]
)
def test_a_thin_volume_of_one_structure_is_scored_as_slices(tmp_path: Path, mask: np.ndarray) -> None:
    upper = np.where(ROWS[:, : mask.shape[2]] < SIDE // 2, mask, 0)
    assert dice(folders(tmp_path, upper, mask)) == [TWO_THIRDS]


def test_a_prediction_that_looks_like_a_stack_beside_a_volume_is_a_bad_prediction(tmp_path: Path) -> None:
    bad = one_hot(HEART)
    expected = 2 * int((bad & THIN).sum()) / (int(bad.sum()) + int(THIN.sum()))
    assert dice(folders(tmp_path, bad, THIN)) == [pytest.approx(expected)]


def labels_of(root: Path) -> Iterator[np.ndarray]:
    paths = sorted((root / "acdc" / "volumes").glob("*.h5"))
    if not paths:
        pytest.skip("ACTION_BENCH_DATA names no folder with acdc/volumes/")
    for path in paths:
        with h5py.File(path) as file:
            yield file["label"][()]


def test_every_slice_of_acdc_kept_one_hot_is_told_and_read_back(acdc_root: Path) -> None:
    seen = 0
    for slice_ in (one for volume in labels_of(acdc_root) for one in volume if len(np.unique(one)) > 2):
        without, whole = one_hot(slice_), one_hot(slice_, 0)
        for stack in (without, whole, np.moveaxis(without, 0, -1)):
            assert relation_of(stack) == "structures"
        np.testing.assert_array_equal(labels_of_planes(whole, "it")[0], slice_)
        seen += 1
    assert seen == 1810


def test_no_volume_of_acdc_and_none_of_its_crops_is_taken_for_structures(acdc_root: Path) -> None:
    crops, alike = 0, set()
    for volume in labels_of(acdc_root):
        for mask in (*(volume == label for label in (1, 2, 3)), volume > 0):
            assert relation_of(mask) == "slices"
            for slices in (2, 3, 4):
                found = [relation_of(mask[k : k + slices]) for k in range(len(mask) - slices + 1)]
                assert "structures" not in found
                crops += len(found)
                alike |= {slices} if set(found) & {"slices", None} else set()
    assert crops == 18024 and alike == {2, 3, 4}  # so no folder of them is asked about either
