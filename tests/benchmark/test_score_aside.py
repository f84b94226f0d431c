"""A file of unknown words beside a case of that name is said, and taken for nothing that it may not be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmark.scoring.case_files import owner_of
from tests.benchmark.scoring.mask_folders import HALF, IMAGE, ONLY_ONE, REFERENCE, dice, nifti, refusal

TRUE = [pytest.approx(2 / 3)] * 2


def filled(folder: Path, **masks: np.ndarray) -> Path:
    for name, mask in masks.items():
        nifti(folder / f"{name}.nii.gz", mask)
    return folder


@pytest.mark.parametrize("word", ["lcc", "t1", "ours", "post-processed", "v2"])
def test_what_is_left_aside_beside_predictions_and_references_is_said(tmp_path: Path, capsys, word: str) -> None:
    mine = filled(tmp_path / "mine", a_pred=HALF, a_img=IMAGE, a_gt=REFERENCE, **{f"a_{word}": ONLY_ONE})
    truth = filled(tmp_path / "truth", a_gt=REFERENCE, a_img=IMAGE, **{f"a_{word}": ONLY_ONE})
    assert dice((mine, truth)) == TRUE
    said = [line.strip() for line in capsys.readouterr().out.splitlines() if "left aside" in line]
    assert said == [
        f"left aside in {mine}: a_{word}.nii.gz; taken is what is named as a_pred.nii.gz, or say it with --files",
        f"left aside in {truth}: a_{word}.nii.gz; taken is what is named as a_gt.nii.gz, or say it with "
        "--reference-files",
    ]
    only = ("--files", f"CASE_{word}", "--reference-files", "CASE_gt")
    assert dice((mine, truth), *only) == [pytest.approx(6 / 7), 0]


def test_what_is_known_beside_masks_is_not_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = filled(tmp_path / "mine", a_pred=HALF, a_img=IMAGE, a_gt=REFERENCE, a=IMAGE, a_0000=IMAGE)
    np.savez(mine / "a_soft.npz", softmax=np.zeros((3, *HALF.shape), np.float32))
    assert dice((mine, mine)) == TRUE
    assert "left aside" not in capsys.readouterr().out


def test_of_a_case_and_another_file_of_it_neither_is_guessed(tmp_path: Path, capsys) -> None:
    mine, truth = filled(tmp_path / "mine", a=HALF, a_lcc=ONLY_ONE), filled(tmp_path / "truth", a=REFERENCE)
    words = "case a_lcc has no reference, and stands beside case a; move aside which of the two is not meant"
    assert words in refusal(capsys, mine, "--reference", truth)
    assert "case a_lcc has no mask among the predictions, and stands" in refusal(capsys, truth, "--reference", mine)
    nifti(truth / "b.nii.gz", REFERENCE)
    (mine / "a_lcc.nii.gz").unlink()
    assert "case b has no mask among the predictions; the names" in refusal(capsys, mine, "--reference", truth)


def test_a_case_is_the_longest_name_that_a_file_begins_with() -> None:
    assert owner_of("patient001_frame01_t1", {"patient001_frame01"}) == "patient001_frame01"
    assert owner_of("patient001_frame01", {"patient001_frame01", "patient001"}) == "patient001_frame01"
    assert owner_of("patient0010", {"patient001"}) is None
