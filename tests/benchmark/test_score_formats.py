"""Masks are scored in every format in which predictions are answered, and beside references in another one."""

from __future__ import annotations

from pathlib import Path

import h5py
import nibabel
import numpy as np
import pytest
import SimpleITK
import tifffile
from PIL import Image

from benchmark.scoring.mask_files import read_masks
from data.folders.endings import ENDINGS, ITK, PICTURES
from data.unseen.answers import ending_of_answer, write_answer
from tests.benchmark.scoring.mask_folders import HALF, IMAGE, REFERENCE, SPACING, dice, nifti, refusal, scores

TRUE = [pytest.approx(2 / 3)] * 2
VOLUMES = (*ENDINGS[:2], *ITK, ".tif")
SLICES = (*PICTURES, ".tif", ".nii.gz", ".nrrd", ".mha")
IMAGEJ = {"imagej": True, "resolution": (1 / 1.5, 1 / 2), "metadata": {"spacing": 10, "unit": "mm", "axes": "ZYX"}}


def image(path: Path, values: np.ndarray, shift_mm: float = 0) -> Path:
    """Write a volume at the place of ``nifti``, or a slice without sizes, in the format that the path's ending says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    flat = values.ndim == 2
    if path.name.endswith((".nii", ".nii.gz")):
        nibabel.save(nibabel.Nifti1Image(values.T, None if flat else np.diag([*SPACING[::-1], 1.0])), path)
    elif path.suffix == ".tif":
        tifffile.imwrite(path, values, **({} if flat else IMAGEJ))
    elif path.suffix in PICTURES:
        Image.fromarray(values.astype(np.uint8)).save(path)
    else:
        made = SimpleITK.GetImageFromArray(values)
        if not flat:
            made.SetSpacing(SPACING[::-1])
            made.SetDirection((-1, 0, 0, 0, -1, 0, 0, 0, 1))  # right and front, as of NIfTI
            made.SetOrigin((shift_mm, 0, 0))
        SimpleITK.WriteImage(made, str(path))
    return path


def answer(folder: Path, path: Path, mask: np.ndarray) -> Path:
    """Write what ``benchmark.predict`` does for an image, and return the folder."""
    folder.mkdir(exist_ok=True)
    case = path.name.split(".")[0]
    write_answer(mask if mask.ndim == 3 else mask[None], path, folder / f"{case}{ending_of_answer(path)}")
    return folder


@pytest.mark.parametrize("ending", VOLUMES)
@pytest.mark.parametrize("side", ["predictions", "references", "both"])
def test_volumes_of_every_format_score_as_nifti_does(tmp_path: Path, ending: str, side: str) -> None:
    nifti(tmp_path / "truth" / "a.nii.gz", REFERENCE)
    nifti(tmp_path / "mine" / "a.nii.gz", HALF)
    known = scores((tmp_path / "mine", tmp_path / "truth"))
    folders = [tmp_path / "mine", tmp_path / "truth"]
    grey = image(tmp_path / "images" / f"a{ending}", IMAGE)
    for number, mask in enumerate((HALF, REFERENCE)):
        if side in (("predictions", "references")[number], "both"):
            folders[number] = answer(tmp_path / f"answers{number}", grey, mask)
    found = scores((folders[0], folders[1]))
    assert found["dice"].tolist() == TRUE and set(found["unit"]) == {"mm"}
    assert found["hd95"].tolist() == pytest.approx(known["hd95"].tolist(), rel=1e-6)


@pytest.mark.parametrize("mine", SLICES)
@pytest.mark.parametrize("truth", [".png", ".nrrd"])
def test_slices_are_measured_in_two_dimensions_in_pixels_and_it_is_said(tmp_path: Path, capsys, mine, truth) -> None:
    predicted, reference = np.zeros((2, 12, 14), np.uint8)
    reference[2:10, 3:11] = 1
    predicted[2:10, 3:9] = 1  # two columns fewer
    folders = tmp_path / "mine", tmp_path / "truth"
    for name in ("p_1", "p_2"):
        answer(folders[0], image(tmp_path / "images" / f"{name}{mine}", reference * np.uint8(90)), predicted)
        answer(folders[1], image(tmp_path / "others" / f"{name}{truth}", reference * np.uint8(90)), reference)
    if truth == ".nrrd":  # says 1 x 1 by itself, which is none of the pictures
        for path in folders[1].iterdir():
            path.write_bytes(
                b"".join(one for one in path.read_bytes().splitlines(True) if not one.startswith(b"space"))
            )
    found = scores(folders)
    assert found["dice"].tolist() == [pytest.approx(2 * 48 / (48 + 64))] * 2
    assert found["hd95"].tolist() == [2, 2] and set(found["unit"]) == {"voxel"}
    said = capsys.readouterr().out
    assert "no reference says how large its voxels are: distances are in voxels, of single slices in pixels" in said


def test_formats_of_a_folder_may_differ(tmp_path: Path) -> None:
    mine, truth = tmp_path / "mine", tmp_path / "truth"
    for case, ending in (("a", ".nrrd"), ("b", ".mhd"), ("c", ".nii"), ("d", ".tif")):
        answer(mine, image(tmp_path / "images" / f"{case}{ending}", IMAGE), HALF)
        nifti(truth / f"{case}.nii.gz", REFERENCE)
    assert dice((mine, truth)) == TRUE * 4


def test_a_slice_alone_is_a_volume_of_one_slice_on_either_side(tmp_path: Path) -> None:
    nifti(tmp_path / "volume" / "a.nii.gz", REFERENCE[1:2])
    answer(tmp_path / "slice", image(tmp_path / "a.png", IMAGE[1]), HALF[1])
    assert dice((tmp_path / "slice", tmp_path / "volume")) == TRUE
    assert dice((tmp_path / "volume", tmp_path / "slice")) == TRUE


def test_a_prediction_elsewhere_is_refused_in_every_format(tmp_path: Path, capsys) -> None:
    nifti(tmp_path / "truth" / "a.nii.gz", REFERENCE)
    answer(tmp_path / "mine", image(tmp_path / "images" / "a.nrrd", IMAGE, shift_mm=50), HALF)
    words = "case a: the prediction's first voxel lies at (-50, 0, 0) mm, the reference's at (0, 0, 0) mm"
    assert words in refusal(capsys, tmp_path / "mine", "--reference", tmp_path / "truth")


def test_probabilities_and_pictures_of_a_mask_are_none(tmp_path: Path, capsys) -> None:
    nifti(tmp_path / "truth" / "a.nii.gz", REFERENCE)
    answer(tmp_path / "mine", image(tmp_path / "images" / "a.mha", IMAGE), HALF)
    np.savez(tmp_path / "mine" / "a.npz", probabilities=np.zeros((3, *HALF.shape), np.float16))
    for name in ("a", "loss"):
        image(tmp_path / "mine" / f"{name}.png", IMAGE[0])
    assert dice((tmp_path / "mine", tmp_path / "truth")) == TRUE
    said = f"left aside in {tmp_path / 'mine'}: loss.png; taken is what is named as a.mha, or say it with --files"
    assert said in capsys.readouterr().out
    nifti(tmp_path / "cases" / "a" / "seg.nii.gz", HALF)
    image(tmp_path / "cases" / "loss.png", IMAGE[0])
    assert list(read_masks(tmp_path / "cases")) == ["a"]


def test_probabilities_beside_slices_are_left_and_the_slices_taken(tmp_path: Path) -> None:
    for case in "ab":
        answer(tmp_path / "mine", image(tmp_path / "images" / f"{case}.png", IMAGE[1]), HALF[1])
        np.savez(tmp_path / "mine" / f"{case}.npz", probabilities=np.zeros((3, 1, *HALF[1].shape), np.float16))
        image(tmp_path / "truth" / f"{case}{'.png' if case == 'a' else '.nii'}", REFERENCE[1])
    assert dice((tmp_path / "mine", tmp_path / "truth")) == TRUE * 2


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("a.png", np.arange(3 * 64, dtype=np.uint8).reshape(8, 8, 3), "a.png holds colours, of 3 channels; expected a"),
        ("a.tif", np.full((4, 8, 6), 0.5, np.float32), "a.tif holds 0.5, which is no whole number; a mask holds"),
        ("a.mha", np.full((4, 8, 6), -3, np.int16), "a.mha holds -3, which is no label but a grey value"),
    ],
)
def test_what_is_no_mask_is_one_sentence(tmp_path: Path, capsys, name: str, values: np.ndarray, words: str) -> None:
    path = tmp_path / "mine" / name
    path.parent.mkdir()
    if values.ndim == 3 and path.suffix == ".png":
        Image.fromarray(values).save(path)
    else:
        image(path, values)
    assert words in refusal(capsys, path.parent, "--reference", path.parent)
    path.write_bytes(path.read_bytes()[:20])
    assert f"{name} " in refusal(capsys, path.parent, "--reference", path.parent)


def test_an_array_whose_name_is_no_text_is_named_by_its_file(tmp_path: Path, capsys) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file[b"pred\xff"] = HALF
    image(tmp_path / "loss.png", IMAGE[0])
    assert "a.h5 cannot be read as .h5 (" in refusal(capsys, tmp_path, "--reference", tmp_path)
