"""Which structures there are, and in which unit they are measured: the right averages, or one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from medpy.metric import binary

from benchmark.metrics.conventions import CONVENTIONS
from benchmark.scoring.foreign_masks import summaries
from benchmark.scoring.structures import structures_of
from tests.benchmark.scoring.mask_folders import (
    HALF,
    ONLY_ONE,
    REFERENCE,
    SPACING,
    dice,
    hdf5,
    nifti,
    npz,
    refusal,
    scores,
)

BRATS = np.array([0, 1, 4, 2], np.uint8)  # labels by place: 0, 1, 4 are in REFERENCE's places 0, 1, 2
NINE = np.zeros((4, 8, 6), np.uint8)
NINE[1:3, 0:2, 1:5] = 1
NINE[1:3, 2:4, 1:5] = 2
NINE[1:3, 4:6, 1:5] = 3
PART = np.where(np.arange(6) < 3, NINE, 0).astype(np.uint8)  # the left half of each: Dice 2/3
MISSING = np.where(PART == 2, 0, PART)
TWO_THIRDS = pytest.approx(2 / 3)


def folders(tmp_path: Path, mine: np.ndarray, truth: np.ndarray) -> tuple[Path, Path]:
    for name, mask in (("mine", mine), ("truth", truth)):
        nifti(tmp_path / name / "p1.nii.gz", mask)
    return tmp_path / "mine", tmp_path / "truth"


def printed(capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    return [line.split() for line in capsys.readouterr().out.splitlines()]


def test_labels_1_2_4_are_three_structures_and_their_averages_under_every_convention(tmp_path: Path, capsys) -> None:
    brats = np.array([0, 1, 2, 4], np.uint8)
    plain = scores(folders(tmp_path / "plain", MISSING, NINE), "--convention", "all")
    expected = printed(capsys)
    table = scores(folders(tmp_path / "brats", brats[MISSING], brats[NINE]), "--convention", "all")
    found = printed(capsys)
    assert table.loc["p1"].index.unique().tolist() == [1, 2, 4]
    assert table.reset_index(drop=True).equals(plain.reset_index(drop=True))
    averages = [row for row in found if row[:1] == ["average"]]
    assert len(averages) == len(CONVENTIONS) and averages == [row for row in expected if row[:1] == ["average"]]
    assert averages[1][1] == "44.44"  # of action: 2/3, 0 and 2/3, and no fourth that is 0 in both


def test_structures_are_the_labels_of_all_references(tmp_path: Path) -> None:
    for name, label in (("p1", 1), ("p2", 4)):
        nifti(tmp_path / "mine" / f"{name}.nii.gz", PART.clip(0, 1) * np.uint8(label))
        nifti(tmp_path / "truth" / f"{name}.nii.gz", NINE.clip(0, 1) * np.uint8(label))
    table = scores((tmp_path / "mine", tmp_path / "truth"), "--convention", "ssl4mis")
    assert table["dice"].to_dict() == {("p1", 1): TWO_THIRDS, ("p1", 4): 0, ("p2", 1): 0, ("p2", 4): TWO_THIRDS}


@pytest.mark.parametrize("named", ["4:enhancing,1:core", "1,4", "1-1,4", "core,a,b,enhancing", "1:core,2:a,4:b"])
def test_structures_are_named_as_the_user_says(tmp_path: Path, named: str) -> None:
    both = folders(tmp_path, BRATS[HALF], BRATS[REFERENCE])
    table = scores(both, "--structures", named)
    names = {"4:enhancing,1:core": ["core", "enhancing"], "1:core,2:a,4:b": ["core", "a", "b"]}.get(named)
    names = names or (["core", "a", "b", "enhancing"] if "core" in named else [1, 4])
    assert table.loc["p1"].index.tolist() == names
    assert table["dice"].dropna().tolist() == [TWO_THIRDS, TWO_THIRDS]


def test_greys_are_asked_about_and_three_structures_where_they_are_named(tmp_path: Path, capsys) -> None:
    both = folders(tmp_path, PART * np.uint8(85), NINE * np.uint8(85))
    error = refusal(capsys, both[0], "--reference", both[1])
    assert f"{both[1]} holds 3 labels (85, 170, 255; 255 in {both[1] / 'p1.nii.gz'})" in error
    assert "--structures, such as 85:" in error
    assert dice(both, "--structures", "85,170:b,255:c") == [TWO_THIRDS] * 3


def test_more_labels_than_can_be_meant_are_asked_about(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    many = np.arange(4 * 8 * 6).reshape(4, 8, 6).clip(0, 104).astype(np.uint8)
    both = folders(tmp_path, many // 2, many)
    assert "holds 104 labels (1, 2, 3, 4, 5, 6, 7, 8, …; 104 in" in refusal(capsys, both[0], "--reference", both[1])
    assert len(dice(both, "--structures", "1-104")) == 104
    sixty = folders(tmp_path / "sixty", many.clip(0, 60), many.clip(0, 60))
    assert dice(sixty) == [1] * 60
    sparse = np.where(many > 60, 61, many % 2).astype(np.uint8)
    both = folders(tmp_path / "sparse", sparse, sparse)
    assert "holds 2 labels (1, 61; 61 in" in refusal(capsys, both[0], "--reference", both[1])


def test_a_label_of_the_prediction_alone_is_named_and_counts_where_it_is_named(tmp_path: Path, capsys) -> None:
    both = folders(tmp_path, np.where(HALF == 0, HALF + (REFERENCE == 1) * np.uint8(3), HALF), REFERENCE)
    error = refusal(capsys, both[0], "--reference", both[1])
    assert f"{both[0] / 'p1.nii.gz'} holds label 3, which the reference has not; known are 1, 2; mend" in error
    table = scores(both, "--structures", "a,b,c")
    assert table.loc[("p1", "c"), ["dice", "false_alarm"]].tolist() == [0, True]
    assert table["dice"].tolist() == [TWO_THIRDS, TWO_THIRDS, 0]


@pytest.mark.usefixtures("small_phantom", "thin")
def test_a_label_that_a_data_set_has_not_is_named_with_its_file(tmp_path: Path, capsys) -> None:
    from data.catalog import find
    from data.held_out import Gate

    (tmp_path / "mine").mkdir()
    for case in Gate(find("phantom")).open("a test", 0):
        npz(tmp_path / "mine" / f"{case.name}.npz", case.mask)
    npz(tmp_path / "mine" / f"{case.name}.npz", np.where(case.mask == 3, 4, case.mask))
    words = (tmp_path / "mine", "--reference", "phantom", "--out", tmp_path / "out.csv")
    error = refusal(capsys, *words)
    assert f"{case.name}.npz [arr_0] holds label 4, which the reference has not; known are 1 RV, 2 Myo, 3 LV" in error
    assert "--reference-key is for a reference folder" in refusal(capsys, *words, "--reference-key", "a")
    assert "--structures is for a reference folder" in refusal(capsys, *words, "--structures", "a")


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ("1:a", "has label 4 (in {truth}), which is not among those named (1 a); give each a name of its own"),
        ("1:a,b", "give all labels by name alone, or all by number"),
        ("1:a,4:a", "give each label but 0 once, and each a name of its own"),
        ("1,1-4", "give each label but 0 once"),
        ("0:background,1:a,4:b", "give each label but 0 once"),
        ("4-1", "give each label but 0 once"),
    ],
)
def test_structures_that_cannot_be_meant_are_one_sentence(tmp_path: Path, capsys, named: str, words: str) -> None:
    both = folders(tmp_path, BRATS[HALF], BRATS[REFERENCE])
    error = refusal(capsys, both[0], "--reference", both[1], "--structures", named)
    assert words.format(truth=both[1] / "p1.nii.gz") in error


def test_references_without_a_structure_are_asked_about(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = folders(tmp_path, HALF, np.zeros_like(HALF))
    assert "holds no label but 0; say which" in refusal(capsys, both[0], "--reference", both[1])
    assert scores(both, "--structures", "a,b")["false_alarm"].tolist() == [True, True]


def test_mm_and_voxels_never_share_an_average(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine, truth = folders(tmp_path, HALF, REFERENCE)
    for folder, mask in ((mine, HALF), (truth, REFERENCE)):
        hdf5(folder / "p2.h5", mask)
    table = scores((mine, truth), "--convention", "all")
    assert table[table["convention"] == "default"].reset_index()[
        ["case", "unit"]
    ].drop_duplicates().values.tolist() == [
        ["p1", "mm"],
        ["p2", "voxel"],
    ]
    lines = [line for line in capsys.readouterr().out.splitlines() if ": distances in" in line]
    assert lines[:3] == [
        "default: distances in mm, 1 of 2 cases",
        "default: distances in voxel, 1 of 2 cases",
        "action: distances in voxel",
    ]
    mm, voxels = (
        np.mean([binary.hd95(label == HALF, label == REFERENCE, steps) for label in (1, 2)])
        for steps in (SPACING, None)
    )
    means = {one.attrs["unit"]: one.iloc[-1]["HD95"] for one in summaries(table.reset_index(), "default")}
    assert means == {"mm": pytest.approx(mm), "voxel": pytest.approx(voxels)}
    (action,) = summaries(table.reset_index(), "action")
    assert (action.attrs["unit"], action.attrs["cases"]) == ("voxel", 2)
    assert action.iloc[-1]["HD95"] == pytest.approx(voxels)


def test_no_average_takes_its_unit_from_the_first_row() -> None:
    row = {"convention": "default", "structure": "a", "dice": 1.0, "jaccard": 1.0, "asd": 0.0}
    row |= {"missed": False, "false_alarm": False}
    rows = [row | {"case": unit, "unit": unit, "hd95": value} for unit, value in (("mm", 10.0), ("voxel", 2.0))]
    tables = summaries(pd.DataFrame(rows), "default")
    assert [(one.attrs["unit"], one["HD95"].tolist()) for one in tables] == [("mm", [10, 10]), ("voxel", [2, 2])]


def test_structures_are_found_without_a_word_where_they_are_plain(tmp_path: Path) -> None:
    from benchmark.scoring.mask_files import Labels

    found = structures_of({"a": Labels(REFERENCE, None), "b": Labels(np.zeros_like(HALF), None)}, None, tmp_path)
    assert found == {1: "1", 2: "2"}


def test_a_structure_that_is_called_average_keeps_its_own_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scores(folders(tmp_path, ONLY_ONE, REFERENCE), "--structures", "average,core")
    rows = [
        line.split() for line in capsys.readouterr().out.splitlines() if line.split()[:1] in (["average"], ["core"])
    ]
    one = 100 * 2 * 24 / (24 + 32)  # of label 1 the prediction holds the place of 2 too
    assert [(row[0], row[1], row[5]) for row in rows] == [
        ("average", f"{one:.2f}", "0"), ("core", "0.00", "1"), ("average", f"{one / 2:.2f}", "1")
    ]  # fmt: skip
