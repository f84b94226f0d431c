"""Masks from files, foreign or a run's, scored under a convention: known values, and one sentence for what can't be."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import h5py
import nibabel
import numpy as np
import pandas as pd
import pytest

from benchmark import run, score
from benchmark.scoring.mask_files import read_masks
from data.catalog import find
from data.held_out import Gate
from tests.benchmark.scoring.mask_folders import (
    HALF,
    ONLY_ONE,
    REFERENCE,
    SPACING,
    alone,
    hdf5,
    nifti,
    npz,
    refusal,
    scores,
)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Return predictions of cases a (half) and b (label 2 missed), and references with spacing."""
    predictions, references = tmp_path / "mine", tmp_path / "truth"
    for folder in (predictions, references):
        folder.mkdir()
    nifti(predictions / "a.nii.gz", HALF)
    nifti(predictions / "b.nii.gz", ONLY_ONE)
    for case in "ab":
        nifti(references / f"{case}.nii.gz", REFERENCE)
    return predictions, references


def test_known_masks_score_known_values_in_mm(folders: tuple[Path, Path]) -> None:
    table = scores(folders, "--structures", "heart,core")
    assert table.loc[("a", "heart"), "dice"] == table.loc[("a", "core"), "dice"] == pytest.approx(2 / 3)
    assert table.loc[("a", "core"), "hd95"] == 2
    assert table["unit"].unique().tolist() == ["mm"]
    assert bool(table.loc[("b", "core"), "missed"])
    assert table.loc[("b", "core"), "hd95"] == pytest.approx(np.hypot(np.hypot(40, 16), 9))


def test_another_convention_says_something_else_of_the_same_masks(folders: tuple[Path, Path]) -> None:
    table = scores(folders, "--structures", "heart,core", "--convention", "action")
    assert table["unit"].unique().tolist() == ["voxel"]
    assert table.loc[("a", "core"), "hd95"] == 1
    assert table.loc[("b", "core"), ["dice", "hd95", "asd"]].tolist() == [0, 0, 0]


def test_all_conventions_fill_one_table(folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    table = scores(folders, "--convention", "all")
    assert table["convention"].nunique() == 8
    printed = capsys.readouterr().out
    assert "foreign masks" in printed
    assert "dhc: distances in voxel" in printed and "not verified" in printed


def test_the_medpy_engine_gives_the_same_table_under_all_conventions(folders: tuple[Path, Path]) -> None:
    ours, theirs = (scores(folders, "--convention", "all", "--engine", engine) for engine in ("default", "medpy"))
    pd.testing.assert_frame_equal(ours, theirs, rtol=1e-9, atol=1e-9)


def test_every_kind_of_file_holds_the_same_mask(tmp_path: Path) -> None:
    for ending, write in ((".nii.gz", nifti), (".nii", nifti), (".h5", hdf5), (".npz", npz)):
        write(tmp_path / f"{ending[1:3]}{ending}", HALF) if ending != ".nii" else write(tmp_path / "plain.nii", HALF)
    found = read_masks(tmp_path)
    assert sorted(found) == ["h5", "ni", "np", "plain"]
    assert all(np.array_equal(one.values, HALF) for one in found.values())
    assert found["ni"].spacing == pytest.approx(SPACING)
    assert (found["ni"].directions, found["h5"].directions) == ("RAS", None)


def test_what_a_test_script_left_beside_its_predictions_is_not_read(tmp_path: Path) -> None:
    for end in ("pred", "gt", "img"):
        nifti(tmp_path / f"patient001_frame01_{end}.nii.gz", (HALF if end == "pred" else REFERENCE).astype(np.float32))
    assert np.array_equal(read_masks(tmp_path)["patient001_frame01"].values, HALF)


def test_a_file_with_several_arrays_must_name_the_mask(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hdf5(tmp_path / "a.h5", HALF, "image")
    with h5py.File(tmp_path / "a.h5", "a") as file:
        file["other"] = HALF
    assert "holds image, other, and which is the prediction is not clear; say it with --key" in refusal(
        capsys, tmp_path, "--reference", tmp_path
    )


def test_what_cannot_be_scored_is_one_sentence(folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    predictions, references = folders
    both = (predictions, "--reference", references)
    assert "no convention 'ACTION'; did you mean action?" in refusal(capsys, *both, "--convention", "ACTION")
    assert "give each a name of its own" in refusal(capsys, *both, "--structures", "heart")
    assert "'a,' has an empty name" in refusal(capsys, *both, "--structures", "a,")
    assert "'' has an empty name" in refusal(capsys, *both, "--structures", "")
    assert "/none: this does not exist" in refusal(capsys, predictions, "--reference", predictions / "none")
    assert "a.nii.gz: this is not a folder" in refusal(capsys, predictions, "--reference", predictions / "a.nii.gz")
    assert "is no run; name a data set or a folder" in refusal(capsys, predictions)
    assert "is not a folder" in refusal(capsys, predictions / "none", "--reference", references)
    (references.parent / "empty").mkdir()
    assert "holds no mask" in refusal(capsys, references.parent / "empty", "--reference", references)
    (predictions / "b.nii.gz").unlink()
    assert "case b has no mask among the predictions" in refusal(capsys, *both)
    nifti(predictions / "b.nii.gz", HALF[:, :, :-1])
    assert "case b: prediction has shape" in refusal(capsys, *both)
    nifti(predictions / "b.nii.gz", HALF + 0.5)
    assert "hold" in refusal(capsys, *both)
    (predictions / "b.nii.gz").write_bytes(b"nothing")
    assert "b.nii.gz cannot be read as .nii.gz" in refusal(capsys, *both)
    nifti(predictions / "b.nii.gz", HALF)
    nifti(predictions / "c.nii.gz", HALF)
    assert "case c has no reference" in refusal(capsys, *both)


@pytest.mark.parametrize(
    ("name", "write", "value", "words"),
    [
        ("a.npz", npz, np.full((4, 8, 6), "1"), "holds values of type <U1; a mask holds one whole number a structure"),
        ("a.npz", npz, np.full((4, 8, 6), None), "holds values of type object"),
        ("a.npz", npz, REFERENCE + 0j, "holds values of type complex128"),
        ("a.npz", npz, REFERENCE * 1e300, "holds 2e+300, which is no label"),
        ("a.npz", alone, REFERENCE, "expected those of numpy.savez"),
        ("a.h5", partial(hdf5, key="label/inner"), REFERENCE, "(label is a group or empty, and no array; name"),
        ("a.h5", hdf5, h5py.Empty("u1"), "(label is a group or empty, and no array)"),
        ("a.h5", hdf5, b"text", "holds values of type object"),
        ("a.h5", hdf5, REFERENCE + 0j, "holds values of type complex128"),
    ],
)
def test_an_entry_that_is_no_mask_is_named(tmp_path: Path, capsys, name, write, value, words: str) -> None:
    write(tmp_path / name, value)
    error = refusal(capsys, tmp_path, "--reference", tmp_path)
    assert str(tmp_path / name) in error and words in error


@pytest.mark.parametrize("end", ["", "_pred"])
def test_two_files_of_one_case_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], end: str) -> None:
    hdf5(tmp_path / f"a{end}.h5", HALF)
    npz(tmp_path / f"a{end}.npz", HALF)
    words = f"holds a{end}.h5 and a{end}.npz, both of case a; keep one"
    assert words in refusal(capsys, tmp_path, "--reference", tmp_path)


def test_an_image_among_the_references_is_no_mask(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    npz(tmp_path / "a.npz", REFERENCE)
    npz(tmp_path / "b.npz", REFERENCE * np.int32(600))
    assert f"4 labels (1, 2, 600, 1200; 1200 in {tmp_path / 'b.npz'} [arr_0]): these may be grey values" in refusal(
        capsys, tmp_path, "--reference", tmp_path
    )


@pytest.mark.parametrize(
    ("sides", "words"),
    [
        ((1.5, 2.0, 5.0), "case b: the prediction has spacing 5 x 2 x 1.5 mm, the reference 10 x 2 x 1.5; save"),
        ((-1.5, -2.0, 10.0), "case b: the prediction's axes go LPS, the reference's RAS; save"),
    ],
)
def test_files_that_lie_differently_in_space_are_refused(folders, capsys, sides: tuple[float, ...], words: str) -> None:
    nibabel.save(nibabel.Nifti1Image(HALF.T, np.diag([*sides, 1.0])), folders[0] / "b.nii.gz")
    assert words in refusal(capsys, folders[0], "--reference", folders[1])


def test_a_rounded_spacing_and_a_header_that_says_nothing_are_no_difference(folders: tuple[Path, Path]) -> None:
    image = nibabel.Nifti1Image(HALF.T, None)
    image.header.set_zooms((1.5005, 2.001, 10.0))
    nibabel.save(image, folders[0] / "b.nii.gz")
    assert scores(folders).loc[("b", 1), "dice"] == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("out", "words"),
    [
        ("", "is a folder, and the table is a file"),
        ("mine/a.nii.gz/table.csv", "cannot be made (File exists)"),
        ("mine/a.nii.gz/below/table.csv", "cannot be made (Not a directory)"),
        (f"{'x' * 300}/table.csv", "cannot be made (File name too long)"),
    ],
)
def test_a_table_that_cannot_be_written_is_refused_before_scoring(folders, capsys, monkeypatch, out, words) -> None:
    monkeypatch.setattr("benchmark.scoring.foreign_masks.scored", None)
    error = refusal(capsys, folders[0], "--reference", folders[1], "--out", folders[0].parent / out)
    assert words in error and "name another file with --out" in error


@pytest.mark.parametrize("name", ["=1+1", "+x"])
def test_a_case_that_a_spreadsheet_would_run_has_an_apostrophe_before_it(tmp_path: Path, name: str) -> None:
    for side in ("predicted", "reference"):
        (tmp_path / side).mkdir()
        npz(tmp_path / side / f"{name}.npz", np.ones((2, 4, 4), np.uint8))
    assert score.command([str(tmp_path / "predicted"), "--reference", str(tmp_path / "reference")]) == 0
    assert set(pd.read_csv(tmp_path / "predicted" / "scores-default.csv")["case"]) == {f"'{name}"}


def test_a_run_is_scored_against_its_own_data_set_and_says_what_its_record_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from data.sources import phantom

    monkeypatch.setattr(phantom, "Parameters", partial(phantom.Parameters, train=4, val=1, test=2))
    words = ["--method", "supervised", "--dataset", "phantom", "--preset", "smoke", "--labeled", "2", "--device", "cpu"]
    assert run.command([*words, "--out", str(tmp_path), "--set=updates=2", "--set=validations=1"]) == 0
    (folder,) = (path.parent for path in tmp_path.glob("*/record.json"))
    assert score.command([str(folder)]) == 0
    table = pd.read_csv(folder / "scores-default.csv")
    kept = pd.read_parquet(folder / "cases.parquet").query("rule == 'last'").reset_index(drop=True)
    for metric in ("dice", "jaccard", "hd95", "asd"):
        assert table[metric].tolist() == pytest.approx(kept[metric].tolist(), nan_ok=True)
    openings = (folder / "openings.jsonl").read_text().splitlines()
    assert ["scoring" in openings[0], "benchmark.score" in openings[1]] == [True, True]
    capsys.readouterr()
    (folder / "predictions" / "masks.npz").unlink()
    assert "is a run without predictions" in refusal(capsys, folder)


@pytest.mark.usefixtures("small_phantom", "thin")
def test_reading_test_masks_for_foreign_predictions_is_written_down_beside_the_table(tmp_path: Path) -> None:
    source = find("phantom")
    for case in Gate(source).open("a test", 0):
        npz(tmp_path / f"{case.name}.npz", case.mask)
    out = tmp_path / "tables" / "scores.csv"
    assert score.command([str(tmp_path), "--reference", "phantom", "--out", str(out)]) == 0
    (line,) = (out.parent / "openings.jsonl").read_text().splitlines()
    assert json.loads(line)["purpose"] == "benchmark.score"
