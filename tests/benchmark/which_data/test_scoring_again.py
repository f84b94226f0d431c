"""No run is scored on other masks in silence: refused where they are told, and a word where they can't be."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark import rescore, score
from data.catalog import find
from tests.benchmark.which_data.runs import (
    TEST_VOXELS,
    as_of_an_older_version,
    dice,
    files,
    folders,
    only,
    record,
    refusal,
    trained,
)
from tests.data.acdc_toy import SPLIT, TESTED, TRAINED, mend, write_slices


def test_rescore_on_other_data_is_refused_and_the_run_is_as_it_was(places: tuple[Path, Path]) -> None:
    data, out = places
    folder, before = only(out), files(only(out))
    mend(data, TESTED, voxels=TEST_VOXELS)
    other = find("acdc", data).content()
    code, line = refusal(rescore.command, folder, "--data-root", data, "--device", "cpu")
    assert code == 2 and files(folder) == before
    assert f"scored on {record(folder).content.scoring}, and those found are {other.scoring}" in line
    assert "trained on" not in line and "name the folder of its data with --data-root" in line
    mend(data, TRAINED)
    _, line = refusal(rescore.command, folder, "--data-root", data, "--device", "cpu")
    assert f"trained on {record(folder).content.training}, and" in line and "scored on" in line


def test_no_run_is_scored_again_where_a_later_one_is_of_other_data(places: tuple[Path, Path], tmp_path: Path) -> None:
    data, out = places
    first = only(out)
    mend(data, TESTED)
    trained(data, out)
    (second,) = set(folders(out)) - {first}
    before = files(out)
    code, line = refusal(rescore.command, second, first, "--data-root", data, "--device", "cpu")
    assert code == 2 and line.startswith(f"error: {first} was run on other data") and files(out) == before


def test_rescore_on_the_same_data_says_no_number_that_did_not_move(
    places: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = places
    before = (only(out) / "cases.parquet").read_bytes(), record(only(out)).content
    assert rescore.command([str(only(out)), "--data-root", str(data), "--device", "cpu"]) == 0
    assert ((only(out) / "cases.parquet").read_bytes(), record(only(out)).content) == before
    said = capsys.readouterr()
    assert said.out == f"[1/1] scored again {only(out).name}\n" and "older record" not in said.err


def test_an_older_record_is_scored_again_with_a_word_and_says_so_itself(
    places: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = places
    was = dice(only(out))
    older = as_of_an_older_version(only(out), data)
    former = record(older).data_fingerprint
    mend(data, TESTED, voxels=TEST_VOXELS)
    assert rescore.command([str(older), "--data-root", str(data), "--device", "cpu"]) == 0
    said, again = capsys.readouterr(), record(older)
    assert "an older record, which tells what it was trained on and scored on by names and sizes of files" in said.err
    assert dice(older) != was
    assert f"its mean Dice was {100 * was:.2f}, and is {100 * dice(older):.2f}" in said.out
    assert again.data_fingerprint == former
    assert (again.content.training, again.content.scoring) == (None, find("acdc", data).content().scoring)
    mend(data, TESTED)
    before = files(older)
    mend(data, f"{SPLIT.test[0]}_frame01")
    code, line = refusal(rescore.command, older, "--data-root", data, "--device", "cpu")
    assert code == 2 and f"scored on {again.content.scoring}, and" in line and files(older) == before


def test_an_older_record_is_not_scored_on_files_of_other_sizes(places: tuple[Path, Path], tmp_path: Path) -> None:
    data, out = places
    older = as_of_an_older_version(only(out), data)
    slices = write_slices(tmp_path / "slices")
    code, line = refusal(rescore.command, older, "--data-root", slices, "--device", "cpu")
    assert code == 2
    assert f"files whose names and sizes are {record(older).data_fingerprint}, and those of the files found are" in line
    code, line = refusal(score.command, older, "--data-root", slices)
    assert code == 2 and "scored on files whose names and sizes are" in line


def test_score_refuses_masks_that_the_run_was_not_scored_on_and_takes_another_training_set(
    places: tuple[Path, Path], tmp_path: Path
) -> None:
    data, out = places
    folder = only(out)
    mend(data, TRAINED)
    table = tmp_path / "scores.csv"
    assert score.command([str(folder), "--data-root", str(data), "--out", str(table)]) == 0
    mend(data, TESTED)
    table.unlink()
    openings = (folder / "openings.jsonl").read_bytes()
    code, line = refusal(score.command, folder, "--data-root", data, "--out", table)
    other = find("acdc", data).content().scoring
    assert code == 2 and f"scored on {record(folder).content.scoring}, and those found are {other}" in line
    assert not table.exists() and (folder / "openings.jsonl").read_bytes() == openings
