"""What is no label, or no array of them, is named with its value and the cure; what is one has its score."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest

from tests.benchmark.scoring.mask_folders import HALF, IMAGE, REFERENCE, dice, hdf5, nifti, npz, refusal

TWO_THIRDS = pytest.approx(2 / 3)
THREE = np.arange(8 * 6).reshape(8, 6) % 4


def folders(tmp_path: Path, mine: np.ndarray, truth: np.ndarray) -> tuple[Path, Path]:
    for name, mask in (("mine", mine), ("truth", truth)):
        nifti(tmp_path / name / "p1.nii.gz", mask)
    return tmp_path / "mine", tmp_path / "truth"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (2.9999999993, "holds 2.9999999993, which is nearly 3 and no whole number; round the values, or save integers"),
        (np.float32(1.9999999), "which is nearly 2 and no whole number"),
        (np.nan, "holds nan, which is no whole number"),
        (0.4, "holds 0.4, which is no whole number; a mask holds one whole number a structure"),
        (np.inf, "holds inf, which is no label"),
        (-1, "holds -1, which is no label"),
        (70000, "holds 70000, which is no label but a grey value or an object's number"),
    ],
)
@pytest.mark.parametrize("ending", ["nii.gz", "npz", "h5"])
def test_a_value_that_is_no_label_is_named(tmp_path: Path, capsys, value: float, words: str, ending: str) -> None:
    both = folders(tmp_path, HALF, REFERENCE)
    mask = HALF.astype(np.float32 if isinstance(value, np.float32) else np.float64)
    mask[1, 2, 1] = value
    (both[0] / "p1.nii.gz").unlink()
    {"nii.gz": nifti, "npz": npz, "h5": hdf5}[ending](both[0] / f"p1.{ending}", mask)
    error = refusal(capsys, both[0], "--reference", both[1])
    assert words in error and f"p1.{ending}" in error


@pytest.mark.parametrize("kind", [bool, np.int8, np.uint16, np.int64, np.float16, np.float32, ">i4", ">f8"])
def test_whole_numbers_of_every_type_are_labels(tmp_path: Path, kind: object) -> None:
    mine, truth = folders(tmp_path, HALF, REFERENCE.clip(0, 1) if kind is bool else REFERENCE)
    (mine / "p1.nii.gz").unlink()
    npz(mine / "p1.npz", HALF.astype(kind))
    assert dice((mine, truth)) == [TWO_THIRDS] * (1 if kind is bool else 2)


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (np.stack([HALF, HALF]), "holds an array of 4 axes (2 x 4 x 8 x 6); a mask is 2-D or 3-D"),
        (np.zeros(8, np.uint8), "holds an array of 1 axes (8)"),
        (np.stack([HALF[1] * np.uint8(85)] * 3, -1), "holds an array of 8 x 6 x 3, by its last axis colours"),
        (np.zeros((32, 40, 3), np.uint8), "holds an array of 32 x 40 x 3, by its last axis colours"),
        (np.stack([np.tile(THREE, (2, 2)) == k for k in range(4)]), "holds an array of 4 x 16 x 12 that is one-hot"),
        (np.stack([np.tile(THREE, (2, 2)) == k for k in range(2)], -1), "one-hot"),
    ],
)
def test_an_array_that_is_no_label_a_voxel_is_refused(tmp_path: Path, capsys, mask: np.ndarray, words: str) -> None:
    both = folders(tmp_path, HALF, REFERENCE)
    (both[0] / "p1.nii.gz").unlink()
    mask = np.where(mask.sum(-1, keepdims=True) == 0, [[[1, 0]]], mask) if mask.shape[-1] == 2 else mask
    npz(both[0] / "p1.npz", mask.astype(np.uint8))
    assert words in refusal(capsys, both[0], "--reference", both[1])


def test_axes_of_length_one_at_an_end_are_no_fourth_axis(tmp_path: Path) -> None:
    for name, mask in (("mine", HALF), ("truth", REFERENCE)):
        (tmp_path / name).mkdir()
        npz(tmp_path / name / "p1.npz", mask[None] if name == "mine" else mask[..., None])
    assert dice((tmp_path / "mine", tmp_path / "truth")) == [TWO_THIRDS, TWO_THIRDS]


def test_colours_in_a_nifti_file_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = folders(tmp_path, HALF, REFERENCE)
    colours = np.zeros(HALF.T.shape, [(name, "u1") for name in "RGB"])
    nibabel.save(nibabel.Nifti1Image(colours, np.eye(4)), both[0] / "p1.nii.gz")
    assert "holds colours (R, G, B); expected one number a voxel" in refusal(capsys, both[0], "--reference", both[1])


def test_an_image_among_masks_is_said_to_look_like_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = folders(tmp_path, IMAGE, REFERENCE)
    error = refusal(capsys, both[0], "--reference", both[1])
    assert "holds 190 labels that the reference has not" in error and "as an image would" in error
