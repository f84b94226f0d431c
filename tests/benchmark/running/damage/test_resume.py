"""A run that goes on, after whatever was done to what it goes on from, ends with the same bytes or says why not."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmark import rescore
from benchmark.errors import RunError, UsageError
from benchmark.running.execution import run_cell
from benchmark.running.options import Options
from benchmark.training.checkpoint import Checkpoint
from benchmark.training.resume import AGAIN
from benchmark.training.trainer import Trainer
from data.catalog import find
from results.store import Store
from tests.benchmark.running.damage.short_runs import CPU, HARMS, UPDATES, Harm, content, killed_at, made, the_cell


def test_what_is_whole_stays_until_the_new_is(folder: Path, finished: Path) -> None:
    (folder / "ledger.parquet").write_bytes(b"")
    killed_at(2, folder.parent)
    assert (folder / "checkpoint.pt").read_bytes() == (finished / "checkpoint.pt").read_bytes()
    assert (folder / "cases.parquet").read_bytes() == (finished / "cases.parquet").read_bytes()
    assert content(made(folder.parent)) == content(finished)


@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize("killed", [3, UPDATES])
def test_a_lost_point_starts_the_run_anew_to_the_same_bytes(
    harm: Harm,
    killed: int,
    tmp_path: Path,
    finished: Path,
    updates: list[int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    killed_at(killed, tmp_path)
    (point,) = tmp_path.glob("*/points/0000002.pt")
    harm(point, np.random.default_rng(0))
    updates.clear()
    ended = made(tmp_path)
    assert "points/0000002.pt is missing or damaged, so the run starts anew" in capsys.readouterr().err
    assert len(updates) == UPDATES
    assert content(ended) == content(finished)
    assert sorted(path.name for path in ended.iterdir()) == sorted(path.name for path in finished.iterdir())


def test_a_point_that_is_lost_before_it_is_scored_ends_the_run_and_the_next_starts_anew(
    tmp_path: Path, finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Trainer.run

    def losing(self: Trainer, *given: Any) -> Any:
        outcome = run(self, *given)
        assert self.points.folder is not None
        (self.points.folder / "0000002.pt").unlink()
        return outcome

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "run", losing)
        with pytest.raises(RunError, match=r"points/0000002\.pt is missing or damaged; start the same command again"):
            made(tmp_path)
    assert content(made(tmp_path)) == content(finished)


def test_points_of_another_training_are_not_taken(tmp_path: Path, finished: Path) -> None:
    killed_at(3, tmp_path)
    (run,) = tmp_path.glob("*/checkpoint.pt")
    Checkpoint(run.parent / "points" / "0000001.pt").save({"predictor": {}})
    assert content(made(tmp_path)) == content(finished)
    killed_at(3, tmp_path / "anew")
    (run,) = tmp_path.glob("anew/*/checkpoint.pt")
    run.unlink()
    (run.parent / "points" / "0000001.pt").write_bytes(b"")
    assert content(made(tmp_path / "anew")) == content(finished)


def test_another_number_of_threads_does_not_go_on_from_a_checkpoint(tmp_path: Path) -> None:
    killed_at(3, tmp_path)
    with pytest.raises(RunError, match="is of a run with threads 1, and this one has 2"):
        made(tmp_path, threads=2)


def test_a_checkpoint_of_another_cell_is_refused(tmp_path: Path) -> None:
    killed_at(3, tmp_path)
    (run,) = (path.parent for path in tmp_path.glob("*/checkpoint.pt"))
    other = run.rename(run.parent / the_cell("mean_teacher").id)
    with pytest.raises(RunError, match=f"is of a run with cell {run.name}, and this one has {other.name}"):
        run_cell(the_cell("mean_teacher"), find("phantom"), Store(tmp_path), Options(CPU))


def test_a_checkpoint_of_an_older_version_is_gone_on_from(tmp_path: Path, finished: Path, updates: list[int]) -> None:
    killed_at(4, tmp_path)
    (path,) = tmp_path.glob("*/checkpoint.pt")
    saved = Checkpoint(path).load(CPU)
    assert saved is not None
    Checkpoint(path).save({name: value for name, value in saved.items() if name not in ("marks", "beside")})
    updates.clear()
    assert content(made(tmp_path)) == content(finished)
    assert len(updates) < UPDATES


def test_a_forced_run_that_was_killed_leaves_the_old_one_and_is_resumed(
    folder: Path, finished: Path, updates: list[int]
) -> None:
    killed_at(3, folder.parent, force=True)
    assert Store(folder.parent).has(folder.name)
    assert (folder / "checkpoint.pt").read_bytes() == (finished / "checkpoint.pt").read_bytes()
    with pytest.raises(UsageError, match=r"is being trained again, in again/; end that with benchmark\.run --force"):
        rescore.command([str(folder), "--device", "cpu"])
    updates.clear()
    assert content(made(folder.parent, force=True)) == content(finished)
    assert len(updates) < UPDATES
    assert not (folder / AGAIN).exists()
    assert rescore.command([str(folder), "--device", "cpu"]) == 0


def test_a_training_that_was_cut_off_is_not_scored_again(folder: Path, tmp_path: Path, updates: list[int]) -> None:
    killed_at(3, tmp_path / "other")
    (half,) = tmp_path.glob("other/*/checkpoint.pt")
    shutil.copy(half, folder / "checkpoint.pt")
    updates.clear()
    with pytest.raises(UsageError, match="of a training that was cut off, and holds no chosen weights"):
        rescore.command([str(folder), "--device", "cpu"])
    assert updates == []
