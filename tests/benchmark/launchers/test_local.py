"""Workers that die, hang or fail cost their cell an attempt, and the sweep nothing; the bytes are the same."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
import torch

from benchmark.execution import Options, run_cell
from benchmark.failures import failure_of, settle
from benchmark.launchers import worker
from benchmark.launchers.job import Job
from benchmark.launchers.local import Patience, launch
from benchmark.launchers.worker import LOG
from benchmark.watch import progress_of
from data.catalog import find
from results.claims import TakenError, claimed, is_claimed
from results.store import Store
from tests.benchmark.launchers.cells import content, jobs, undisturbed

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
    stop, clock = Meddler(signal.SIGSTOP), SimpleNamespace(time=time.time)
    monkeypatch.setattr(worker, "time", clock)

    def look(running: Sequence[Job]) -> None:
        stop(running)
        if stop.sent:  # an hour later
            clock.time = lambda: time.time() + 3600

    reasons = [reason for _, reason in launch([first, no_device], [SLOT], Patience(0, hang_seconds=600), look=look)]
    assert stop.sent
    assert reasons == ["no update in 10 minutes; it was stopped", "UsageError: --device tpu: known are auto, cpu, cuda"]
    kill = Meddler(signal.SIGKILL)
    ((_, reason),) = launch([first], [SLOT], Patience(0), look=kill)
    assert reason == "its process ended (signal SIGKILL, which the system sends when memory runs out)"
    settle(first.folder, reason, LOG)
    failure = failure_of(first.folder)
    assert failure is not None and failure.reason == reason
    settle(first.folder, None, LOG)
    assert failure_of(first.folder) is None


def test_a_worker_gives_its_gpu_memory_back_before_it_says_that_a_cell_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    happened: list[object] = []

    class Pipe:
        def recv(self) -> str:
            if happened:
                raise EOFError
            return "a job"

        def send(self, reason: object) -> None:
            happened.append(f"answered {reason}")

    monkeypatch.setattr(worker, "logged", lambda job: happened.append(f"ran {job}"))
    monkeypatch.setattr(worker.signal, "signal", lambda *_: None)
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: happened.append("emptied"))
    worker._serve(cast(Connection, Pipe()))
    assert happened == ["ran a job", "emptied", "answered None"]


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
