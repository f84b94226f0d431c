"""What a worker says of its cells, when it ends, and that nothing of it outlives or ends the sweep."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple, cast

import pytest
import torch

from benchmark.command import main
from benchmark.errors import RunError, UsageError
from benchmark.launchers import worker
from benchmark.launchers.job import LOG, Refused
from benchmark.launchers.worker import TAKEN, Answer, Worker, logged
from tests.benchmark.launchers.cells import jobs

ASSERTED = "AcceleratorError: CUDA error: device-side assert triggered"
ORPHAN = """
import faulthandler, time
from benchmark.launchers import worker
class Hangs:
    def recv(self):
        print("enabled" if faulthandler.is_enabled() else "disabled", flush=True)
        time.sleep(600)
worker._serve(Hangs())
"""


class Cell(NamedTuple):
    """A cell of which a worker knows whether its code is from outside."""

    outside: Mapping[str, str] | None = None


class Task(str):
    """A job that is a word, and its cell."""

    cell = Cell()


class Foreign(Task):
    """One whose method is from outside."""

    cell = Cell({"method": "mine.py"})


class Pipe:
    """Hands out two jobs, and keeps what is answered."""

    def __init__(self, happened: list[object], *jobs: Task) -> None:
        self.happened, self.left = happened, list(jobs or (Task("first"), Task("second")))

    def recv(self) -> Task:
        if not self.left:
            raise EOFError
        return self.left.pop(0)

    def send(self, answer: Answer) -> None:
        self.happened.append((answer.reason, answer.lives))


@pytest.fixture
def happened(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Return what happens in order, in a process that has used a GPU."""
    seen: list[object] = []
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: seen.append("emptied"))
    return seen


@pytest.mark.parametrize("reason", [None, TAKEN, Refused("--device tpu: known are auto, cpu, cuda")])
def test_a_worker_gives_its_gpu_memory_back_before_it_answers_and_goes_on(
    reason: str | None, happened: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "logged", lambda job: happened.append(job) or reason)
    worker._listen(cast(Connection, Pipe(happened)))
    assert happened == ["first", "emptied", (reason, True), "second", "emptied", (reason, True)]


def test_after_a_failure_on_a_gpu_a_worker_says_so_and_ends_without_another_call_of_cuda(
    happened: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "logged", lambda job: ASSERTED)
    worker._listen(cast(Connection, Pipe(happened)))
    assert happened == [(ASSERTED, False)]


def test_memory_that_cannot_be_given_back_ends_the_worker_and_not_its_cell(
    happened: list[object], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise RuntimeError("CUDA error: unspecified launch failure\nmore")

    monkeypatch.setattr(worker, "logged", lambda job: None)
    monkeypatch.setattr(torch.cuda, "empty_cache", broken)
    worker._listen(cast(Connection, Pipe(happened)))
    assert happened == [(None, False)]
    assert "unspecified launch failure); this process ends" in capsys.readouterr().err


def test_on_a_cpu_a_failure_ends_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[object] = []
    monkeypatch.setattr(worker, "logged", lambda job: "ValueError: no")
    worker._listen(cast(Connection, Pipe(answers)))
    assert answers == [("ValueError: no", True)] * 2


def test_after_code_from_outside_a_worker_ends_which_may_have_changed_what_other_cells_run_by(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers: list[object] = []
    monkeypatch.setattr(worker, "logged", lambda job: None)
    worker._listen(cast(Connection, Pipe(answers, Task("ours"), Foreign("theirs"), Task("ours again"))))
    assert answers == [(None, True), (None, False)]


@pytest.mark.parametrize(
    ("error", "reason", "traced"),
    [
        (RuntimeError("CUDA error: assert\nCompile with DSA"), "RuntimeError: CUDA error: assert", True),
        (ArithmeticError(), "ArithmeticError: no reason given", True),
        (OSError("\n disk full\n"), "OSError: disk full", True),
        (RunError("it could not end"), "it could not end", False),
        (UsageError("--device tpu: known are\nmore"), "--device tpu: known are", False),
    ],
)
def test_a_reason_is_one_line_and_the_log_has_the_traceback_of_all_but_a_wrong_word(
    error: Exception,
    reason: str,
    traced: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def broken(dataset: str, root: Path | None) -> None:
        raise error

    monkeypatch.setattr("benchmark.launchers.job._source", broken)
    (job, _) = jobs(tmp_path, 1)
    with capfd.disabled():  # so that stderr is where a process's is
        found = pickle.loads(pickle.dumps(logged(job)))  # as it comes back from a worker
    assert found == reason and isinstance(found, Refused) is isinstance(error, UsageError)
    log = (job.folder / LOG).read_text()
    assert reason.partition(": ")[2].replace("no reason given", "") in log
    assert ("Traceback" in log and "in broken" in log) is traced


def test_a_log_that_cannot_be_written_is_a_reason(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file where a folder should be")
    (job, _) = jobs(tmp_path / "out", 1)
    assert logged(job) == f"{job.folder / LOG} cannot be written (Not a directory)"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a thread looks every five seconds")
def test_a_worker_that_hangs_dies_with_its_sweep() -> None:
    words = ["sh", "-c", '"$0" -c "$1" & wait', sys.executable, ORPHAN]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as sweep:
        assert sweep.stdout is not None
        assert sweep.stdout.readline() == "enabled\n"  # a segmentation fault will say where it was
        sweep.kill()
        assert sweep.communicate(timeout=60)[0] == ""  # at the end of file nobody holds the pipe any more


def test_a_process_that_hangs_in_a_driver_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Worker, "__post_init__", lambda self: None)
    one = Worker({})
    one.pipe = cast(Connection, SimpleNamespace(send=lambda job: None, close=lambda: None))
    one.give(jobs(tmp_path, 1)[0])
    told: list[object] = []

    class Stuck:
        def terminate(self) -> None:
            told.append("terminate")

        def kill(self) -> None:
            told.append("kill")

        def join(self, seconds: float) -> None:
            told.append(seconds)

        def is_alive(self) -> bool:
            return True

    one.process = cast(BaseProcess, Stuck())
    one.end()
    assert told == ["terminate", 5.0, "kill", 5.0]


def raises(error: BaseException) -> Callable[[], int]:
    def command() -> int:
        raise error

    return command


def test_a_broken_pipe_is_an_error_unless_it_is_the_readers_of_what_is_printed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read, write = os.pipe()
    with os.fdopen(write, "w") as printed:
        monkeypatch.setattr(sys, "stdout", printed)
        with pytest.raises(BrokenPipeError):
            main("benchmark.sweep", raises(BrokenPipeError("to a worker")))
        os.close(read)
        with pytest.raises(SystemExit, match="1"):
            main("benchmark.sweep", raises(BrokenPipeError("to head")))
