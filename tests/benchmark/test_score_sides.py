"""Which file and array is the prediction's, and which the reference's: whatever lies beside them, the right number."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.benchmark.scoring.mask_folders import HALF, IMAGE, REFERENCE, dice, hdf5, nifti, refusal, scores

TRUE = [pytest.approx(2 / 3)] * 2  # of HALF against REFERENCE, labels 1 and 2
SOFT = np.stack([label == REFERENCE for label in range(3)]).astype(np.float32)


def left_by_a_test_script(folder: Path, mask: np.ndarray, reference: str = "gt") -> Path:
    """Fill a folder as test_2D.py of SSL4MIS, BCP and ACTION does, and newer scripts under other names."""
    for end, values in (("pred", mask.astype(np.float32)), (reference, REFERENCE), ("img", IMAGE)):
        nifti(folder / f"p1_{end}.nii.gz", values)
    return folder


def clean(folder: Path, mask: np.ndarray, name: str = "p1.nii.gz") -> Path:
    nifti(folder / name, mask)
    return folder


@pytest.mark.parametrize("reference", ["gt", "lab", "label", "Label", "GT", "ground_truth", "ref"])
def test_a_test_scripts_folder_as_reference_gives_its_references(tmp_path: Path, reference: str) -> None:
    mine = clean(tmp_path / "mine", HALF)
    other = left_by_a_test_script(tmp_path / "other", HALF, reference)
    assert dice((mine, other)) == TRUE
    assert dice((other, other)) == TRUE
    assert dice((left_by_a_test_script(tmp_path / "third", HALF), other)) == TRUE
    assert dice((other, clean(tmp_path / "truth", REFERENCE))) == TRUE


@pytest.mark.parametrize(
    ("prediction", "reference"),
    [
        *(("pred_p1", "gt_p1"), ("pred0001", "label0001"), ("p1-prediction", "p1-reference"), ("p1.pred", "p1.lab")),
        *(("p1_seg", "p1_gt"), ("p1_prd", "p1_lab"), ("p1_pred", "p1_mask"), ("p1_pred_seg", "p1_gt_seg")),
        *(("p1", "p1_gt"), ("p1_label_pred", "p1"), ("P1_PRED", "P1_GT"), ("pred", "gt")),
    ],
)
def test_both_sides_in_one_folder_are_told_apart_by_name(tmp_path: Path, prediction: str, reference: str) -> None:
    nifti(tmp_path / "all" / f"{prediction}.nii.gz", HALF)
    nifti(tmp_path / "all" / f"{reference}.nii.gz", REFERENCE)
    assert dice((tmp_path / "all", tmp_path / "all")) == TRUE


def test_images_lie_beside_the_masks_of_a_raw_data_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    raw = clean(tmp_path / "raw", IMAGE)
    nifti(raw / "p1_gt.nii.gz", REFERENCE)
    assert dice((clean(tmp_path / "mine", HALF), raw)) == TRUE
    error = refusal(capsys, raw, "--reference", raw)
    assert f"{raw / 'p1.nii.gz'} holds " in error and "labels that the reference has not" in error


def test_nnunets_results_are_its_segmentations(tmp_path: Path) -> None:
    mine = clean(tmp_path / "mine", HALF)
    for key in ("probabilities", "softmax", "arr_0"):
        np.savez_compressed(mine / "p1.npz", **{key: SOFT})
        for name in ("p1.pkl", "dataset.json", "plans.json", "summary.json"):
            (mine / name).write_bytes(b"{}")
        nifti(mine / "postprocessed" / "p1.nii.gz", REFERENCE)
        assert dice((mine, clean(tmp_path / "labelsTs", REFERENCE))) == TRUE


def test_probabilities_beside_a_segmentation_are_none_in_any_file(tmp_path: Path) -> None:
    mine = clean(tmp_path / "mine", HALF)
    hdf5(mine / "p1.h5", SOFT, "probabilities")
    nifti(mine / "p1_softmax.nii.gz", SOFT[1])
    assert dice((mine, clean(tmp_path / "truth", REFERENCE, "p1.NII.GZ"))) == TRUE


def test_images_of_channels_beside_a_mask_are_none(tmp_path: Path) -> None:
    truth = clean(tmp_path / "truth", REFERENCE)
    for channel in ("0000", "0001"):
        nifti(truth / f"p1_{channel}.nii.gz", IMAGE)
    assert dice((clean(tmp_path / "mine", HALF), truth)) == TRUE
    numbered = [clean(tmp_path / side, mask, "p_0001.nii.gz") for side, mask in (("a", HALF), ("b", REFERENCE))]
    assert dice((numbered[0], numbered[1])) == TRUE


@pytest.mark.parametrize("name", ["p1_seg", "p1", "seg", "pred"])
def test_one_folder_a_case_is_read(tmp_path: Path, name: str) -> None:
    nifti(tmp_path / "mine" / "p1" / f"{name}.nii.gz", HALF)
    nifti(tmp_path / "truth" / "p1" / "p1_seg.nii.gz", REFERENCE)
    for end in ("flair", "t1ce"):
        nifti(tmp_path / "truth" / "p1" / f"p1_{end}.nii.gz", IMAGE)
    table = scores((tmp_path / "mine", tmp_path / "truth"))
    assert table["dice"].tolist() == TRUE
    assert set(table.index.get_level_values("case")) == {"p1"}


def test_what_macos_adds_to_an_archive_is_nothing(tmp_path: Path) -> None:
    mine, truth = clean(tmp_path / "mine", HALF), clean(tmp_path / "truth" / "p1", REFERENCE).parent
    for path in (mine / "._p1.nii.gz", mine / ".DS_Store", truth / "p1" / "._p1.nii.gz"):
        path.write_bytes(b"\x00\x05\x16\x07")
    nifti(truth / "__MACOSX" / "p2.nii.gz", REFERENCE)
    assert dice((mine, truth)) == TRUE


ARRAYS = {"pred": HALF, "prediction": HALF, "y_pred": HALF, "predMask": HALF}


@pytest.mark.parametrize("ending", ["npz", "h5"])
@pytest.mark.parametrize("prediction", ARRAYS)
@pytest.mark.parametrize("reference", ["label", "reference", "gt", "y_true", "mask"])
def test_the_array_of_a_role_is_taken(tmp_path: Path, ending: str, prediction: str, reference: str) -> None:
    arrays = {"image": IMAGE.astype(np.float32), reference: REFERENCE, prediction: HALF, "softmax": SOFT}
    if ending == "npz":
        np.savez(tmp_path / "p1.npz", **arrays)
    for key, values in arrays.items() if ending == "h5" else ():
        hdf5(tmp_path / "p1.h5", values, key)
    assert dice((tmp_path, tmp_path)) == TRUE


def test_the_label_beside_an_image_is_a_reference_and_no_prediction(tmp_path: Path, capsys) -> None:
    (tmp_path / "data").mkdir()
    hdf5(tmp_path / "data" / "p1.h5", IMAGE, "image")
    hdf5(tmp_path / "data" / "p1.h5", REFERENCE, "label")
    assert dice((clean(tmp_path / "mine", HALF), tmp_path / "data")) == TRUE
    error = refusal(capsys, tmp_path / "data", "--reference", tmp_path / "mine")
    assert "holds image, label, and which is the prediction is not clear; say it with --key" in error


def test_what_the_user_says_goes_before_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.savez(tmp_path / "p1.npz", label=HALF, pred=REFERENCE)
    assert dice((tmp_path, tmp_path), "--key", "label", "--reference-key", "pred") == TRUE
    both = (tmp_path, "--reference", tmp_path)
    assert "holds label, pred, and no mine; name another with --key" in refusal(capsys, *both, "--key", "mine")
    mine = clean(tmp_path / "mine", HALF, "p1_ours.nii.gz")
    nifti(mine / "p1_pred.nii.gz", REFERENCE)
    assert dice((mine, mine), "--files", "CASE_ours", "--reference-files", "CASE_pred.nii.gz") == TRUE
    both = (mine, "--reference", mine)
    assert "it needs CASE once" in refusal(capsys, *both, "--files", "ours")
    assert "holds none such, but p1_ours.nii.gz, p1_pred.nii.gz" in refusal(capsys, *both, "--files", "CASE_x")
    assert "a .nii.gz file has no named arrays; --key is for" in refusal(capsys, *both, "--key", "label")


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["p1_pred.nii.gz"], "holds p1_pred.nii.gz: by their names predictions, so which is the reference of a case"),
        (["p1_img.nii.gz"], "holds p1_img.nii.gz: by their names images, so which"),
        (["p1_seg.nii.gz", "p1_pred.nii.gz"], "holds p1_pred.nii.gz, p1_seg.nii.gz: by their names predictions and"),
        (["p1_gt.nii.gz", "p1_label.nii.gz"], "holds p1_gt.nii.gz and p1_label.nii.gz, both of case p1; keep one"),
    ],
)
def test_a_folder_without_a_clear_reference_is_refused_by_name(tmp_path: Path, capsys, names, words) -> None:
    for name in names:
        nifti(tmp_path / "other" / name, REFERENCE)
    error = refusal(capsys, clean(tmp_path / "mine", HALF), "--reference", tmp_path / "other")
    assert words in error and "--reference-files" in error


@pytest.mark.parametrize("names", [["p1_gt.nii.gz"], ["p1_label.nii.gz", "p1_mask.nii.gz"], ["p1_img.nii.gz"]])
def test_a_folder_without_a_clear_prediction_is_refused_by_name(tmp_path: Path, capsys, names) -> None:
    for name in names:
        nifti(tmp_path / "other" / name, REFERENCE)
    error = refusal(capsys, tmp_path / "other", "--reference", clean(tmp_path / "truth", REFERENCE))
    assert f"holds {', '.join(names)}: by" in error and "which is the prediction" in error and "--files" in error


@pytest.mark.parametrize("link", ["same", "symbolic", "hard"])
def test_one_file_on_both_sides_is_no_perfect_score(tmp_path: Path, capsys, link: str) -> None:
    mine, other = clean(tmp_path / "mine", REFERENCE), tmp_path / "other"
    other.mkdir()
    if link == "symbolic":
        (other / "p1.nii.gz").symlink_to(mine / "p1.nii.gz")
    if link == "hard":
        (other / "p1.nii.gz").hardlink_to(mine / "p1.nii.gz")
    error = refusal(capsys, mine, "--reference", mine if link == "same" else other)
    assert f"{mine / 'p1.nii.gz'} would be the prediction and the reference" in error


def test_equal_masks_in_two_files_are_scored_with_a_word(tmp_path: Path, capsys) -> None:
    folders = clean(tmp_path / "mine", REFERENCE), clean(tmp_path / "truth", REFERENCE)
    assert dice(folders) == [1, 1]
    assert "every mask is its reference, voxel by voxel" in capsys.readouterr().out
    assert dice((clean(tmp_path / "half", HALF), folders[1])) == TRUE
    assert "every mask" not in capsys.readouterr().out


def test_what_was_taken_for_what_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.savez(tmp_path / "p1.npz", label=REFERENCE, pred=HALF)
    scores((tmp_path, tmp_path))
    file = tmp_path / "p1.npz"
    assert f"case p1: {file} [pred] against {file} [label]" in capsys.readouterr().out


def test_a_run_is_no_reference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "run" / "predictions").mkdir(parents=True)
    np.savez(tmp_path / "run" / "predictions" / "masks.npz", p1=REFERENCE)
    error = refusal(capsys, clean(tmp_path / "mine", HALF), "--reference", tmp_path / "run")
    assert "is a run, whose masks are predictions" in error


def test_a_case_whose_prediction_is_missing_is_named_though_its_reference_lies_there(tmp_path: Path, capsys) -> None:
    both = left_by_a_test_script(tmp_path / "both", HALF)
    nifti(both / "p2_gt.nii.gz", REFERENCE)
    assert "case p2 has no mask among the predictions" in refusal(capsys, both, "--reference", both)


def test_a_link_that_leads_nowhere_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = clean(tmp_path / "mine", HALF)
    (mine / "p2.nii.gz").symlink_to(tmp_path / "gone.nii.gz")
    assert "p2.nii.gz is a link that leads nowhere" in refusal(capsys, mine, "--reference", mine)


def test_a_group_of_hdf5_is_no_array_whatever_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with h5py.File(tmp_path / "p1.h5", "w") as file:
        file["pred/inner"] = HALF
        file["label"] = REFERENCE
    assert "pred is a group or empty, and no array" in refusal(capsys, tmp_path, "--reference", tmp_path)
