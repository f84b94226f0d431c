"""A run's history can be read while it trains, as far as it was logged, and is its record's in the end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from benchmark import run
from benchmark.cells.cell import Cell, Wish, resolve_cell
from benchmark.running.execution import run_cell
from benchmark.running.failures import failure_of
from benchmark.running.options import Options
from benchmark.training.progress import Progress
from benchmark.training.trail import TRAIL, Trail, trail_of
from data.catalog import find
from results.store import Store

ROWS = [("train", 20, "total", 0.5), ("train", 40, "total", 0.25)]


@pytest.fixture(autouse=True)
def _few(small_phantom: None, thin: None) -> None:
    """Let every test here train a thin network on few patients."""


def the_cell() -> Cell:
    wish = Wish(method="supervised", preset="smoke", labeled=2, set={"updates": 4, "validations": 2})
    return resolve_cell(wish, find("phantom"), "cpu")


def ran(out: Path) -> Path:
    return run_cell(the_cell(), find("phantom"), Store(out), Options(torch.device("cpu"), log_every=1, save_seconds=0))


def test_rows_are_added_and_a_new_process_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trail = Trail(tmp_path / TRAIL)
    trail.tell(ROWS[:1])
    assert trail_of(tmp_path) == ROWS[:1]
    trail.tell(ROWS)
    assert trail_of(tmp_path) == ROWS
    assert (tmp_path / TRAIL).read_text().count("\n") == 2  # none is written twice
    Trail(tmp_path / TRAIL).tell(ROWS[1:])
    assert trail_of(tmp_path) == ROWS[1:]
    trail.remove()
    assert trail_of(tmp_path) == []


@pytest.mark.parametrize("end", ['["train", 60, "total", 0.12', '["train", 60, "total", 0.1]', "[1]\n", "{\n", '"a"\n'])
def test_a_line_that_is_cut_off_or_no_row_ends_it(end: str, tmp_path: Path) -> None:
    (tmp_path / TRAIL).write_text("".join(f"{json.dumps(row)}\n" for row in ROWS) + end)
    assert trail_of(tmp_path) == ROWS


def test_it_grows_with_the_updates_and_goes_when_the_record_is_written(tmp_path: Path, monkeypatch) -> None:
    seen: list[list[int]] = []
    show = Progress.show
    folder = tmp_path / the_cell().id

    def shown(self: Progress, *given: object) -> None:
        seen.append(sorted({row[1] for row in trail_of(folder) if row[2] == "total"}))
        show(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(Progress, "show", shown)
    assert ran(tmp_path) == folder
    assert seen == [[1], [1, 2], [1, 2, 3], [1, 2, 3, 4]]
    assert not (folder / TRAIL).exists()


def test_a_run_that_goes_on_tells_the_same_rows_as_its_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    show, told = Progress.show, list[tuple]()

    def stop(self: Progress, stage: str, update: int, terms: object) -> None:
        if update == 3:
            raise KeyboardInterrupt
        show(self, stage, update, terms)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Progress, "show", stop)
        with pytest.raises(KeyboardInterrupt):
            ran(tmp_path)
    folder = tmp_path / the_cell().id
    assert {row[1] for row in trail_of(folder) if row[2] == "total"} == {1, 2, 3}
    monkeypatch.setattr(Trail, "remove", lambda self: told.extend(trail_of(folder)))
    ran(tmp_path)
    frame = Store(tmp_path).load(folder.name).history()
    assert told == list(frame.itertuples(index=False, name=None))


@pytest.mark.usefixtures("no_page")
def test_a_run_that_fails_leaves_its_reason_and_one_that_succeeds_none(tmp_path: Path, monkeypatch) -> None:
    words = ["--method", "supervised", "--dataset", "phantom", "--preset", "smoke", "--labeled", "2", "--device", "cpu"]
    words += ["--out", str(tmp_path), "--set=updates=3", "--set=validations=1"]
    with pytest.raises(Exception, match="not finite"):
        run.command([*words, "--set=lr=1e30"])
    (failed,) = tmp_path.glob("*-s0-*")
    told = failure_of(failed)
    assert told is not None and "not finite" in told.reason
    with monkeypatch.context() as patch:
        patch.setattr(Progress, "show", lambda *_: (_ for _ in ()).throw(ValueError("broken")))
        with pytest.raises(ValueError, match="broken"):
            run.command(words)
    (broken,) = set(tmp_path.glob("*-s0-*")) - {failed}
    told = failure_of(broken)
    assert told is not None and told.reason == "broken"
    assert run.command(words) == 0
    assert failure_of(broken) is None
