"""A number names its data: other masks are another cell, and no run is scored on them in silence."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from benchmark import rescore, run, score
from benchmark.cells.cell import Cell
from benchmark.command import main
from benchmark.launchers.job import Job, attempt
from benchmark.training.checkpoint import Checkpoint
from benchmark.training.trainer import Trainer
from data import digest_cache
from data.catalog import find
from results.checksums import SUMS
from results.record import Record, read_record
from tests.data.acdc_toy import SPLIT, TESTED, TRAINED, mend, write_slices, write_volumes

TEST_VOXELS = 3 * 20 * 24
"""As many as a toy case has: its mask is one structure then."""
UPDATES = 10
SHORT = [f"--set={word}" for word in (f"updates={UPDATES}", "validations=1", "lr=0.1", "size=32", "labeled_batch=4")]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """Return a data root, and the store with a run on it."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("which_data")
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        data = write_volumes(folder / "data")
        trained(data, folder / "runs")
        yield data, folder / "runs"


@pytest.fixture
def places(written: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Return copies of both, of one's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(digest_cache, "RACY_NS", -3_600_000_000_000)
    data, runs = written
    return Path(shutil.copytree(data, tmp_path / "data")), Path(shutil.copytree(runs, tmp_path / "runs"))


def trained(data: Path, out: Path) -> int:
    words = ["--method", "supervised", "--dataset", "acdc", "--preset", "smoke", "--labeled", "2", "--device", "cpu"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("benchmark.run.HTML", out.parent / "html")
        patch.setattr("reports.page.build_page", lambda *_, **__: "no page")
        return run.command([*words, *SHORT, "--data-root", str(data), "--out", str(out)])


def folders(out: Path) -> list[Path]:
    return sorted(path.parent for path in out.glob("*/record.json"))


def only(out: Path) -> Path:
    (folder,) = folders(out)
    return folder


def record(folder: Path) -> Record:
    return read_record(folder / "record.json")


def dice(folder: Path) -> float:
    rows = record(folder).summary
    return next(row.dice for row in rows if (row.rule, row.structure) == ("last", "avg") and row.dice is not None)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refusal(command, *words: str | Path) -> tuple[int, str]:
    """Return exit code and the one line of an error, which stands below a run's line of progress."""
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as ended:
        said: list[str] = []
        patch.setattr("sys.stderr.write", said.append, raising=False)
        main("a command", lambda: command([str(word) for word in words]))
    *before, line = "".join(said).splitlines()
    assert not any("rror" in one for one in before)
    return int(str(ended.value.code)), line


def as_of_an_older_version(folder: Path, data: Path) -> Path:
    """Turn a run into one whose data are told by names and sizes; return its folder, which its new id names."""
    former = find("acdc", data).former_fingerprint()
    values = json.loads((folder / "cell.json").read_text())
    del values["content"]
    cell = Cell.model_validate({**values, "data_fingerprint": former})
    older = folder.rename(folder.parent / cell.id)
    values = json.loads((older / "record.json").read_text())
    del values["content"], values["sealed"]
    values |= {"schema_version": 2, "data_fingerprint": former, "cell": {**values["cell"], "id": cell.id}}
    (older / "cell.json").write_text(cell.model_dump_json(exclude={"content"}))
    (older / "record.json").write_text(json.dumps(values))
    (older / SUMS).unlink()
    state = torch.load(older / "checkpoint.pt", weights_only=True)
    Checkpoint(older / "checkpoint.pt", {"cell": cell.id}).save(state)
    return older


def test_a_record_names_what_training_and_what_scoring_read(places: tuple[Path, Path]) -> None:
    data, out = places
    found, kept = find("acdc", data).content(), record(only(out))
    assert found is not None and kept.content is not None
    assert (kept.content.training, kept.content.scoring) == (found.training, found.scoring)
    assert kept.data_fingerprint == found.fingerprint
    assert json.loads((only(out) / "record.json").read_text())["schema_version"] == 3


@pytest.mark.parametrize("case", [TESTED, TRAINED])
def test_a_mask_mended_in_place_is_another_cell_which_trains_anew(
    places: tuple[Path, Path], updates: list[int], case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = places
    first = only(out)
    assert trained(data, out) == 0 and updates == [] and "is done already" in capsys.readouterr().out
    before = files(first)
    mend(data, case)
    assert trained(data, out) == 0 and len(updates) == UPDATES and "is done already" not in capsys.readouterr().out
    (other,) = set(folders(out)) - {first}
    part, same = ("scoring", "training") if case == TESTED else ("training", "scoring")
    assert getattr(record(other).content, part) != getattr(record(first).content, part)
    assert getattr(record(other).content, same) == getattr(record(first).content, same)
    assert files(first) == before


def test_other_files_of_the_same_volumes_are_the_same_cell(
    places: tuple[Path, Path], tmp_path: Path, updates: list[int]
) -> None:
    assert trained(write_slices(tmp_path / "slices"), places[1]) == 0
    assert updates == [] and len(folders(places[1])) == 1


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


def test_a_worker_that_finds_other_data_runs_nothing(places: tuple[Path, Path], updates: list[int]) -> None:
    data, out = places
    cell = Cell.model_validate_json((only(out) / "cell.json").read_text())
    shutil.rmtree(only(out))
    mend(data, TESTED)
    assert attempt(Job(cell, data, out, "cpu", 1)) == (
        "this process finds other data of acdc (pre-processed volumes in volumes/) than the cell is of"
    )
    assert updates == [] and folders(out) == []


def test_a_mask_saved_before_it_is_trained_on_ends_the_run_in_one_sentence(
    places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, updates: list[int]
) -> None:
    data, out = places
    shutil.rmtree(only(out))
    case = f"{SPLIT.train[0]}_frame01"
    monkeypatch.setattr("benchmark.environment.device.say_precision", lambda *_: mend(data, case))  # it is resolved
    code, line = refusal(lambda _: trained(data, out))
    assert code == 1 and updates == [] and folders(out) == []
    assert line.startswith(f"error: case {case}: its mask changed after this process had looked at it")


def saved_while_training(data: Path, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    update = Trainer._update
    monkeypatch.setattr(Trainer, "_update", lambda self, *given: (mend(data, case), update(self, *given))[1])


def test_a_mask_saved_before_it_is_scored_on_ends_the_run_in_one_sentence(
    places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, updates: list[int]
) -> None:
    data, out = places
    shutil.rmtree(only(out))
    saved_while_training(data, TESTED, monkeypatch)
    code, line = refusal(lambda _: trained(data, out))
    assert code == 1 and folders(out) == []
    assert line.startswith(f"error: case {TESTED}: its mask changed after this process had looked at it")
    monkeypatch.undo()
    assert trained(data, out) == 0 and len(updates) == 0
    assert record(only(out)).content.scoring == find("acdc", data).content().scoring


def test_a_mask_that_a_run_never_reads_may_be_saved_while_it_goes_on(
    places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    data, out = places
    before = record(only(out))
    shutil.rmtree(only(out))
    saved_while_training(data, TRAINED, monkeypatch)
    assert trained(data, out) == 0
    assert record(only(out)).content == before.content != find("acdc", data).content()
    assert record(only(out)).summary == before.summary
