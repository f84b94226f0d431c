"""What a name leaves open is asked about and not guessed, and what a header leaves open is told."""

from __future__ import annotations

import os
from pathlib import Path

import h5py
import nibabel
import numpy as np
import pytest

from tests.benchmark.scoring.mask_folders import HALF, IMAGE, REFERENCE, dice, hdf5, nifti, refusal, scores

TRUE = [pytest.approx(2 / 3)] * 2  # of HALF against REFERENCE, labels 1 and 2
SOFT = np.stack([label == HALF for label in range(3)]).astype(np.float32)


def filled(folder: Path, **masks: np.ndarray) -> Path:
    for name, mask in masks.items():
        nifti(folder / f"{name}.nii.gz", mask)
    return folder


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    return filled(tmp_path / "truth", C=REFERENCE)


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return filled(tmp_path / "mine", C=HALF)


@pytest.mark.parametrize("ending", ["npz", "h5"])
@pytest.mark.parametrize("word", ["mask", "msk", "seg", "segmentation"])
def test_an_array_without_a_word_beside_a_mask_may_be_the_prediction(tmp_path, capsys, truth, ending, word) -> None:
    def save(name: str, **arrays: np.ndarray) -> Path:
        (tmp_path / name).mkdir()
        if ending == "npz":
            np.savez(tmp_path / name / "C.npz", **arrays)
        for key, values in arrays.items() if ending == "h5" else ():
            hdf5(tmp_path / name / "C.h5", values, key)
        return tmp_path / name

    for number, more in enumerate(({}, {"image": IMAGE})):
        both = save(f"both{number}", output=HALF, **{word: REFERENCE}, **more)
        error = refusal(capsys, both, "--reference", truth)
        assert f"{', '.join(sorted(['output', word, *more]))}, and which is the prediction is not clear" in error
        assert dice((both, truth), "--key", "output") == TRUE
    for number, more in enumerate(({}, {"image": IMAGE}, {"image": IMAGE, "softmax": SOFT})):
        assert dice((save(f"clear{number}", **{word: HALF}, **more), truth)) == TRUE


@pytest.mark.parametrize("side", ["prediction", "reference"])
@pytest.mark.parametrize("below", ["", "C/"])
def test_a_lesion_and_a_region_are_not_told_apart(tmp_path, capsys, mine, truth, side, below) -> None:
    def words(folder: Path) -> tuple[Path, str, Path]:
        return (folder, "--reference", truth) if side == "prediction" else (mine, "--reference", folder)

    filled(tmp_path / "two" / below, C_seg=HALF, C_mask=REFERENCE, C_t1=IMAGE)
    error = refusal(capsys, *words(tmp_path / "two"))
    assert "C_mask.nii.gz, C_seg.nii.gz" in error and f"which is the {side} of a case is not clear" in error
    (tmp_path / "arrays").mkdir()
    np.savez(tmp_path / "arrays" / "C.npz", seg=HALF, mask=REFERENCE)
    assert f"holds mask, seg, and which is the {side} is not clear" in refusal(capsys, *words(tmp_path / "arrays"))


@pytest.mark.parametrize(
    ("output", "mask"),
    [("C", "C_mask"), ("C", "C_seg"), ("C_output", "C_mask"), ("D/output", "D/mask"), ("C", "seg_C")],
)
def test_a_file_without_a_word_beside_a_mask_may_be_the_prediction(tmp_path, capsys, truth, output, mask) -> None:
    both = filled(tmp_path / "both", **{output: HALF, mask: REFERENCE})
    error = refusal(capsys, both, "--reference", truth)
    assert f"{Path(output).name}.nii.gz" in error and f"{Path(mask).name}.nii.gz" in error
    assert "which is the prediction of a case is not clear" in error and "--files" in error


@pytest.mark.parametrize("word", ["seg", "mask"])
def test_labels_beside_what_monai_saved_are_not_told_apart(tmp_path, capsys, mine, word) -> None:
    both = filled(tmp_path / "both", **{"C": REFERENCE, f"C_{word}": HALF})
    error = refusal(capsys, mine, "--reference", both)
    assert f"C_{word}.nii.gz" in error and "C.nii.gz" in error and "--reference-files" in error
    (mine / "C.nii.gz").rename(mine / f"C_{word}.nii.gz")
    assert dice((mine, both), "--reference-files", f"CASE_{word}") == [1, 1]  # as the user said


def test_neighbours_with_names_that_say_what_they_are_stay_clear(tmp_path, mine) -> None:
    brats = filled(tmp_path / "brats" / "C", C_seg=REFERENCE, C_t1=IMAGE, C_t1ce=IMAGE, C_flair=IMAGE).parent
    assert dice((mine, brats)) == TRUE
    acdc = filled(tmp_path / "acdc", C=IMAGE, C_gt=REFERENCE)
    assert dice((mine, acdc)) == TRUE
    frame = filled(tmp_path / "frame", p1_frame01=HALF)
    for name in ("flat", "deep/p1"):
        filled(tmp_path / name, p1_4d=IMAGE, p1_frame01=IMAGE, p1_frame01_gt=REFERENCE)
        assert dice((frame, tmp_path / name.split("/")[0])) == TRUE


def test_probabilities_without_a_word_beside_a_segmentation_stay_clear(tmp_path: Path, truth: Path) -> None:
    both = filled(tmp_path / "both", C_seg=HALF)
    np.savez(both / "C.npz", SOFT)
    assert dice((both, truth)) == TRUE


@pytest.mark.parametrize("lost", ["B", "B_seg", "B_mask", "B_final"])
def test_a_case_named_otherwise_does_not_vanish(tmp_path: Path, capsys, lost: str) -> None:
    mine = filled(tmp_path / "p", A_pred=HALF, **{lost: HALF})
    truth = filled(tmp_path / "r", A_gt=REFERENCE, B=REFERENCE)
    error = refusal(capsys, mine, "--reference", filled(tmp_path / "one", A=REFERENCE))
    assert f"holds A_pred.nii.gz and {lost}.nii.gz, which would be left out" in error
    (mine / f"{lost}.nii.gz").unlink()
    assert "holds A_gt.nii.gz and B.nii.gz, which would be left out" in refusal(capsys, mine, "--reference", truth)


def test_one_file_of_a_name_in_each_folder_is_of_the_folders_case(tmp_path: Path) -> None:
    for case, mask in (("s0", HALF), ("s1", REFERENCE)):
        filled(tmp_path / "p", **{f"{case}_pred": mask})
        (tmp_path / "r" / case).mkdir(parents=True)
        hdf5(tmp_path / "r" / case / "mri_norm2.h5", IMAGE, "image")
        hdf5(tmp_path / "r" / case / "mri_norm2.h5", REFERENCE, "label")
    table = scores((tmp_path / "p", tmp_path / "r"))
    assert table["dice"].tolist() == [*TRUE, 1, 1]
    assert table.index.get_level_values("case").tolist() == ["s0", "s0", "s1", "s1"]


def test_an_array_inside_a_group_is_named_by_its_path(tmp_path: Path, capsys, truth: Path) -> None:
    (tmp_path / "nested").mkdir()
    with h5py.File(tmp_path / "nested" / "C.h5", "w") as file:
        file["results/prediction"] = HALF
    for key in ("results/prediction", "/results/prediction"):
        assert dice((tmp_path / "nested", truth), "--key", key) == TRUE
    assert "name one inside it, as in --key results/prediction" in refusal(
        capsys, tmp_path / "nested", "--reference", truth
    )
    words = (tmp_path / "nested", "--reference", tmp_path / "nested", "--key", "results/prediction")
    error = refusal(capsys, *words, "--reference-key", "/results/prediction")
    assert "would be the prediction and the reference" in error


def test_a_name_that_is_no_utf8_is_escaped(tmp_path: Path, capsys) -> None:
    for folder, mask in (("p", HALF), ("r", REFERENCE)):
        (tmp_path / folder).mkdir()
        np.savez(tmp_path / "C.npz", mask)
        (tmp_path / "C.npz").rename(tmp_path / folder / os.fsdecode(b"Caf\xe9.npz"))
    table = scores((tmp_path / "p", tmp_path / "r"))
    assert table["dice"].tolist() == TRUE and table.index[0][0] == "Caf\\xe9"
    assert f"{tmp_path}/p/Caf\\xe9.npz" in capsys.readouterr().out


def test_a_data_sets_name_goes_before_a_folder_of_that_name(tmp_path, capsys, monkeypatch, mine) -> None:
    filled(tmp_path / "acdc", C=REFERENCE)
    monkeypatch.chdir(tmp_path)
    assert dice((mine, Path("acdc").absolute())) == TRUE
    assert refusal(capsys, mine, "--reference", "phantom").startswith("error: case ")
    (tmp_path / "phantom").mkdir()
    assert refusal(capsys, mine, "--reference", "phantom").startswith("error: case ")
    assert "holds no mask" in refusal(capsys, mine, "--reference", "./phantom")


@pytest.mark.parametrize(("name", "hint"), [("ACDC", "did you mean acdc?"), ("foldr", "data sets are acdc and")])
def test_a_misspelt_reference_is_neither(capsys, mine: Path, name: str, hint: str) -> None:
    error = refusal(capsys, mine, "--reference", name)
    assert f"--reference {name}: there is neither a folder nor a data set of this name; {hint}" in error


@pytest.mark.parametrize("name", ["background", "BG", "Background", "bg"])
def test_label_0_is_not_named_and_a_structure_in_no_mask_is_told(capsys, mine, truth, name: str) -> None:
    error = refusal(capsys, mine, "--reference", truth, "--structures", f"{name},RV,Myo")
    assert "label 0 is not named" in error
    assert scores((mine, truth), "--structures", "RV,Myo,LV").loc["C", "dice"].tolist()[:2] == TRUE
    assert "  3 LV occurs in no mask: " in capsys.readouterr().out
    assert dice((mine, truth), "--structures", "RV,Myo") == TRUE
    assert "occurs in no mask" not in capsys.readouterr().out


def with_header(path: Path, mask: np.ndarray, *sizes: float) -> None:
    path.parent.mkdir(exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(mask.T, np.diag([*sizes, 1.0])), path)


@pytest.mark.parametrize("sizes", [(1, 1, 1), (1, 1, 10)])
def test_a_header_that_nobody_filled_in_is_not_averaged_with_real_sizes(tmp_path, capsys, sizes) -> None:
    folders = tmp_path / "p", tmp_path / "r"
    for folder, mask in zip(folders, (HALF, REFERENCE), strict=True):
        with_header(folder / "b.nii.gz", mask, *sizes)
    assert scores(folders)["hd95"].tolist() == [pytest.approx(5**0.5), 1]  # as MedPy says of sizes of 1
    said = f"case b says {sizes[2]} x 1 x 1 mm at the origin, which may be a header that nobody filled in"
    assert f"{said}: its distances may be in voxels" in capsys.readouterr().err
    for folder, mask in zip(folders, (HALF, REFERENCE), strict=True):
        with_header(folder / "a.nii.gz", mask, 1.5, 2, 10)
    error = refusal(capsys, folders[0], "--reference", folders[1])
    assert f"{said}, and case a says 10 x 2 x 1.5 mm; default would average" in error and "mend the header" in error
    table = scores(folders, "--convention", "ssl4mis")
    assert set(table["unit"]) == {"voxel"}


def test_sizes_and_shape_that_disagree_on_the_slices_are_told(tmp_path: Path, capsys) -> None:
    turned = [np.moveaxis(np.pad(mask, ((0, 0), (6, 6), (7, 7))), 0, -1) for mask in (HALF, REFERENCE)]
    for folder, mask in zip("pr", turned, strict=True):
        with_header(tmp_path / folder / "C.nii.gz", mask, 1.25, 1.5, 10)
    assert dice((tmp_path / "p", tmp_path / "r")) == TRUE
    said = "case C is read as 20 slices of 20 x 4 voxels of 10 x 1.5 x 1.25 mm: by its sizes its slices come first"
    assert said in capsys.readouterr().err


def test_axes_exchanged_in_plane_are_named_with_both_shapes(tmp_path: Path, capsys, truth: Path) -> None:
    for folder, mask in (("p", np.swapaxes(HALF, 1, 2)), ("r", REFERENCE)):
        with_header(tmp_path / folder / "C.nii.gz", mask, 1.5, 2, 10)
    error = refusal(capsys, tmp_path / "p", "--reference", tmp_path / "r")
    assert "the prediction has shape (4, 6, 8), the reference (4, 8, 6), and the axes of both go RAS" in error
