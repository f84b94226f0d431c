"""Workers that die, hang or fail cost their cell an attempt, and the sweep nothing; the bytes are the same."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from multiprocessing import Pipe
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import pytest
import torch

from benchmark.launchers import hung, local
from benchmark.launchers.job import LOG, Job, Lasting
from benchmark.launchers.local import Patience, launch
from benchmark.launchers.worker import TAKEN, Answer
from benchmark.running.execution import run_cell
from benchmark.running.failures import failure_of, settle
from benchmark.running.options import Options
from benchmark.training.progress import progress_of
from data.catalog import find
from results.claims import TakenError, claimed, is_claimed
from results.store import Store
from tests.benchmark.launchers.cells import content, jobs, undisturbed

pytestmark = pytest.mark.usefixtures("thin")
SLOT = {"OMP_NUM_THREADS": "1"}


class Meddler:
    """Sends a signal to the worker at the first update of a cell, once."""

    def __init__(self, name: signal.Signals) -> None:
        self.signal, self.sent = name, 0

    def __call__(self, running: Sequence[Job]) -> None:
        if not self.sent and any(progress_of(job.folder) for job in running):
            (process,) = multiprocessing.active_children()
            assert process.pid is not None
            os.kill(process.pid, self.signal)
            self.sent = process.pid


def test_a_worker_that_is_killed_is_replaced_and_its_cell_ends_with_the_same_bytes(tmp_path: Path) -> None:
    kill = Meddler(signal.SIGKILL)
    mine = jobs(tmp_path / "killed", 1)
    assert [reason for _, reason in launch(mine, [SLOT], look=kill)] == [None, None]
    assert kill.sent
    for cell, wanted in undisturbed(tmp_path / "alone", 1).items():
        assert content(tmp_path / "killed", cell) == wanted
    assert "updates/s" in (mine[0].folder / LOG).read_text()
    assert not multiprocessing.active_children()


def test_what_hangs_or_fails_or_dies_once_too_often_is_named_and_the_rest_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = jobs(tmp_path, 1)
    no_device = replace(second, device="tpu")
    stop, clock = Meddler(signal.SIGSTOP), SimpleNamespace(monotonic=time.monotonic)
    monkeypatch.setattr(hung, "time", clock)
    monkeypatch.setattr(hung, "PAUSE_SECONDS", 7200.0)  # so that the hour is no pause of the sweep

    def look(running: Sequence[Job]) -> None:
        stop(running)
        if stop.sent:  # an hour later
            clock.monotonic = lambda: time.monotonic() + 3600

    reasons = [reason for _, reason in launch([first, no_device], [SLOT], Patience(0, hang_seconds=600), look=look)]
    assert stop.sent
    assert reasons == ["no update in 10 minutes; it was stopped", "--device tpu: known are auto, cpu, cuda"]
    kill = Meddler(signal.SIGKILL)
    ((_, reason),) = launch([first], [SLOT], Patience(0), look=kill)
    assert reason == "its process ended (signal SIGKILL, which the system sends when memory runs out)"
    settle(first.folder, reason, LOG)
    failure = failure_of(first.folder)
    assert failure is not None and failure.reason == reason
    settle(first.folder, None, LOG)
    assert failure_of(first.folder) is None


def test_a_cell_is_claimed_by_one_process_and_left_to_it(tmp_path: Path) -> None:
    job = jobs(tmp_path, 1)[0]
    source, options = find("phantom"), Options(torch.device("cpu"))
    with claimed(tmp_path, job.cell.id):
        assert is_claimed(tmp_path, job.cell.id)
        with pytest.raises(TakenError, match="is being run by another process"):
            run_cell(job.cell, source, Store(tmp_path), options)
    assert not is_claimed(tmp_path, job.cell.id)
    record = run_cell(job.cell, source, Store(tmp_path), options) / "record.json"
    before = record.stat().st_mtime_ns
    run_cell(job.cell, source, Store(tmp_path), options)
    assert record.stat().st_mtime_ns == before


class Made:
    """A worker without a process: says what it is told to, and is dead when it is told to be."""

    answers: ClassVar[list[Answer]] = []
    started: ClassVar[list[Made]] = []

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.pipe, self.theirs = Pipe()
        self.job: Job | None = None
        self.alive, self.deaf, self.life = True, False, None
        self.process = SimpleNamespace(is_alive=lambda: self.alive)
        self.started.append(self)

    def give(self, job: Job) -> None:
        if self.deaf:
            raise BrokenPipeError("its reader is gone")
        self.job = job
        self.theirs.send(None)

    def answer(self) -> Answer:
        self.pipe.recv()
        return self.answers.pop(0)

    def end(self) -> None:
        self.alive = False
        self.pipe.close()
        self.theirs.close()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> type[Made]:
    monkeypatch.setattr(local, "Worker", Made)
    monkeypatch.setattr(local, "AGAIN_SECONDS", 0.0)
    monkeypatch.setattr(local, "LOOK_SECONDS", 0.0)
    Made.started, Made.answers = [], []
    return Made


@pytest.mark.parametrize("way", ["alive", "deaf"])
def test_a_worker_that_dies_while_idle_is_replaced_and_costs_no_cell_an_attempt(
    way: str, made: type[Made], tmp_path: Path
) -> None:
    def look(running: Sequence[Job]) -> None:
        if not running and len(made.started) == 1:
            setattr(made.started[0], way, way == "deaf")  # dead, or so lately that only its pipe tells

    made.answers = [Answer(TAKEN), Answer(None)]
    mine = jobs(tmp_path, 1)[:1]
    assert list(launch(mine, [SLOT], Patience(0), look=look)) == [(mine[0], None)]
    assert len(made.started) == 2
    assert not any(worker.alive for worker in made.started)


def test_a_cell_whose_failure_lasts_is_run_once_and_one_whose_may_pass_again_after_the_others(
    made: type[Made], tmp_path: Path
) -> None:
    made.answers = [Answer(Lasting("not finite")), Answer("its process ended"), Answer(None)]
    first, second = jobs(tmp_path, 1)
    assert list(launch([first, second], [SLOT], Patience(1))) == [(first, "not finite"), (second, None)]
    assert not made.answers


def test_a_worker_that_ends_after_a_failure_is_replaced_and_the_next_cell_is_not_touched(
    made: type[Made], tmp_path: Path
) -> None:
    made.answers = [Answer("RuntimeError: device-side assert", used_gpu=True, lives=False), Answer(None)]
    first, second = jobs(tmp_path, 1)
    ended = list(launch([first, second], [SLOT], Patience(0)))
    assert ended == [(first, "RuntimeError: device-side assert"), (second, None)]
    assert len(made.started) == 2
