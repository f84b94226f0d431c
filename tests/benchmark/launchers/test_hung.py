"""Cells that hang: silence is counted on the sweep's own clock, and what it slept through itself is none."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmark.launchers import hung
from benchmark.launchers.hung import Hanging, Life
from benchmark.launchers.job import LOG


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Return the clock that silence is counted by."""
    made = SimpleNamespace(now=100.0, monotonic=lambda: made.now)
    monkeypatch.setattr(hung, "time", made)
    return made


def test_any_line_of_log_ends_a_silence_whatever_its_date(clock: SimpleNamespace, tmp_path: Path) -> None:
    life = Life(tmp_path)
    assert life.silent_seconds() == 0
    clock.now += 50
    assert life.silent_seconds() == 50
    (tmp_path / LOG).write_text("a line")
    os.utime(tmp_path / LOG, (0, 0))  # by the clock of another machine, years ago
    assert life.silent_seconds() == 0
    clock.now += 7
    assert life.silent_seconds() == 7
    life.wake()
    assert life.silent_seconds() == 0


def test_while_the_sweep_itself_stood_still_no_cell_was_silent(clock: SimpleNamespace, tmp_path: Path) -> None:
    hanging, life = Hanging(limit_seconds=600), Life(tmp_path)
    clock.now += 3600  # a laptop was closed, or ctrl-Z pressed
    assert list(hanging.found({0: life})) == []
    for _ in range(600):
        clock.now += 1
        assert list(hanging.found({0: life})) == []
    clock.now += 1
    assert list(hanging.found({0: life})) == [(0, "no update in 10 minutes; it was stopped")]
