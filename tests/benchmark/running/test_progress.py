"""A run shows that it lives until its record is written, and its record says how long all of that took."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest
import torch

from benchmark import status
from benchmark.cells.cell import Wish, resolve_cell
from benchmark.running.execution import run_cell
from benchmark.running.options import Options
from benchmark.scoring import assessment
from benchmark.training.progress import PROGRESS, Progress, progress_of
from data.catalog import find
from results.claims import claimed
from results.record import read_record
from results.store import Store

LOOK_SECONDS = 3.0


@pytest.mark.usefixtures("small_phantom", "thin")
def test_each_case_that_is_scored_and_each_look_inside_is_a_sign_of_life_and_in_the_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    after, look = Progress.after, assessment._diagnose

    def counted(self: Progress, stage: str) -> None:
        after(self, stage)
        found = progress_of(tmp_path / cell.id)
        assert found is not None and found["update"] == found["total"] == 4
        seen.append(found["stage"])

    def slow(*given: object) -> object:
        time.sleep(LOOK_SECONDS)
        return look(*given)

    monkeypatch.setattr(Progress, "after", counted)
    monkeypatch.setattr(assessment, "_diagnose", slow)
    source = find("phantom")
    wish = Wish(method="action", preset="smoke", labeled=2, set={"updates": 4, "validations": 2})
    cell = resolve_cell(wish, source, "cpu")
    folder = run_cell(cell, source, Store(tmp_path), Options(torch.device("cpu")))
    cases, weights, looks = 2, 4, 2  # two points, the student's average and the teacher: each is scored once
    assert Counter(seen)["scoring"] >= cases * 2 * weights
    assert Counter(seen)["diagnosis"] >= looks
    assert not (folder / PROGRESS).exists()
    assert read_record(folder / "record.json").seconds.evaluate >= LOOK_SECONDS


def test_status_says_what_follows_the_last_update(tmp_path: Path) -> None:
    store, progress = Store(tmp_path), Progress(40, "a", tmp_path / "a" / PROGRESS)
    store.folder("a").mkdir()
    progress.after("scoring")
    with claimed(tmp_path, "a"):
        assert status.state_of(store, "a") == status.State("running", "scoring, all 40 updates made", 1.0)
    assert status.state_of(store, "a").words == "at scoring 40/40; a sweep goes on from its checkpoint"
