"""Runs in TensorBoard and MLflow: read back with their own readers, the numbers are the record's to the last bit."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from benchmark import run, track
from benchmark.command import main
from benchmark.tracking import trackers
from results.store import LoadedRecord, Store
from tests.results.made import save

ODD = pd.DataFrame(
    [("first", 1, "total", 1 / 3), ("first", 1, "val_dice", 0.1), ("second", 2, "total", -2.0 / 7)],
    columns=["stage", "update", "term", "value"],
)


@pytest.fixture
def loaded(tmp_path: Path) -> LoadedRecord:
    """Return a record whose history has numbers that 32 bits can't hold."""
    save(tmp_path / "runs")
    (loaded,) = Store(tmp_path / "runs").records()
    Store(tmp_path / "runs").save(loaded.folder.name, loaded.record, {"history": ODD}, {}, force=True)
    return loaded


def in_tensorboard(folder: Path) -> set[trackers.Point]:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    tensor_util = pytest.importorskip("tensorboard.util.tensor_util")
    events = accumulator.EventAccumulator(str(folder), size_guidance={"tensors": 0})
    events.Reload()
    return {
        (tag, event.step, tensor_util.make_ndarray(event.tensor_proto).item())
        for tag in events.Tags()["tensors"]
        for event in events.Tensors(tag)
        if not tag.startswith("cell")
    }


def test_tensorboard_holds_the_history_and_the_scores(loaded: LoadedRecord, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    folder = trackers.to_tensorboard(loaded, tmp_path / "board")
    read = in_tensorboard(folder)
    assert {("first/total", 1, 1 / 3), ("first/val_dice", 1, 0.1), ("second/total", 2, -2.0 / 7)} < read
    dice = next(row.dice for row in loaded.record.summary if (row.rule, row.structure) == ("last", "avg"))
    assert ("test/network/last/avg/dice", loaded.record.updates, dice) in read
    assert read == set(trackers.points(loaded))


def test_tracked_again_a_run_is_there_once(loaded: LoadedRecord, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    folders = {trackers.to_tensorboard(loaded, tmp_path / "board") for _ in range(2)}
    assert len(folders) == 1
    assert len(list(folders.pop().iterdir())) == 1


def test_mlflow_holds_the_same_and_logs_no_record_twice(loaded: LoadedRecord, tmp_path: Path) -> None:
    pytest.importorskip("mlflow")
    from mlflow.tracking import MlflowClient

    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    first, second = (trackers.to_mlflow(loaded, uri) for _ in range(2))
    assert first == second
    client = MlflowClient(uri)
    logged = client.get_run(first)
    assert logged.data.params["method"] == "supervised"
    names = {name for name, _, _ in trackers.points(loaded)}
    assert set(logged.data.metrics) == names
    read = {(m.key, m.step, m.value) for name in names for m in client.get_metric_history(first, name)}
    assert read == set(trackers.points(loaded))


def said(capsys: pytest.CaptureFixture[str], words: list[str], command=track) -> tuple[int, str]:
    with pytest.raises(SystemExit) as ended:
        main("benchmark.track", lambda: command.command(words))
    return int(str(ended.value.code)), capsys.readouterr().err


@pytest.mark.parametrize("package", ["tensorboard", "mlflow"])
def test_a_tracker_that_is_not_installed_names_the_command_before_anything_is_trained(
    package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    words = ["--method", "supervised", "--dataset", "phantom", "--out", str(tmp_path), f"--{package}", str(tmp_path)]
    code, error = said(capsys, words, run)
    assert (code, len(error.splitlines())) == (2, 1)
    assert f"--{package} needs {package}" in error
    assert "pip install -e '.[tracking]'" in error
    assert list(tmp_path.iterdir()) == []


def test_runs_that_are_none_and_a_command_without_a_tracker_are_one_sentence(tmp_path: Path, capsys) -> None:
    code, error = said(capsys, [str(tmp_path)])
    assert (code, len(error.splitlines())) == (2, 1)
    assert "--tensorboard DIR or --mlflow URI" in error
    if trackers.importlib.util.find_spec("tensorboard"):
        code, error = said(capsys, [str(tmp_path), "--tensorboard", str(tmp_path / "board")])
        assert (code, len(error.splitlines())) == (2, 1)
        assert f"{tmp_path} is neither a run's folder" in error


def test_a_folder_that_cannot_be_written_and_a_store_that_is_none_are_one_sentence(
    loaded: LoadedRecord, tmp_path: Path, capsys
) -> None:
    pytest.importorskip("tensorboard")
    pytest.importorskip("mlflow")
    (tmp_path / "file").touch()
    for words in (["--tensorboard", str(tmp_path / "file")], ["--mlflow", "nowhere://x"]):
        code, error = said(capsys, [str(loaded.folder), *words])
        assert (code, len(error.splitlines())) == (1, 1)
        assert " ".join(words) in error


@pytest.mark.usefixtures("small_phantom")
def test_a_run_is_tracked_only_where_asked_to(tmp_path: Path, capsys) -> None:
    pytest.importorskip("tensorboard")
    words = ["--method", "supervised", "--dataset", "phantom", "--preset", "smoke", "--device", "cpu"]
    words += ["--set=updates=2", "--set=validations=1", "--out", str(tmp_path / "runs")]
    assert run.command(words) == 0
    assert "TensorBoard" not in capsys.readouterr().out
    assert run.command([*words, "--tensorboard", str(tmp_path / "board")]) == 0
    (folder,) = (tmp_path / "board").iterdir()
    (loaded,) = Store(tmp_path / "runs").records()
    assert f"TensorBoard: {folder}" in capsys.readouterr().out
    assert in_tensorboard(folder) == set(trackers.points(loaded))
