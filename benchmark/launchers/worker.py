"""A process that runs one cell after another, so that torch is imported and the data set found once."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from benchmark.environment import give_back_memory
from benchmark.launchers.job import Job, attempt
from benchmark.progress import PROGRESS

LOG = "log.txt"
TAKEN = "taken"  # another process runs the cell; no failure
AGAIN_SECONDS = 5.0  # between two looks at cells that other processes run
GRACE_SECONDS = 5.0  # what a worker that is told to end may still take


@dataclass
class Worker:
    """A process and the cell it runs. environment: variables that it starts with, its GPU for one."""

    environment: Mapping[str, str]
    job: Job | None = None
    since: float = 0.0
    process: BaseProcess = field(init=False)
    pipe: Connection = field(init=False)

    def __post_init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs,), daemon=True)
        before = {name: os.environ.get(name) for name in self.environment}
        os.environ.update(self.environment)  # what a spawned process starts with; torch reads it as it is imported
        try:
            self.process.start()
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)
        theirs.close()

    def give(self, job: Job) -> None:
        """Hand over a cell."""
        self.job, self.since = job, time.time()
        self.pipe.send(job)

    def answer(self) -> tuple[str | None, bool]:
        """Return the reason of the cell's failure, None where it is done, and whether the process lives on."""
        try:
            return self.pipe.recv(), True
        except (EOFError, ConnectionResetError):
            self.process.join()
            return f"its process ended ({_ending(self.process.exitcode)})", False

    def idle_seconds(self) -> float:
        """Return for how long the cell has shown no sign of life: no update, and no line in its log."""
        assert self.job is not None
        return time.time() - max(self.since, *(_changed(self.job.folder / name) for name in (PROGRESS, LOG)))

    def end(self) -> None:
        """Stop the process; what it was doing goes on from its last checkpoint."""
        self.process.terminate()
        self.process.join(GRACE_SECONDS)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.pipe.close()


def _changed(file: Path) -> float:
    """Return when a file was last written, the beginning of time where there is none."""
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        return f"signal {name}" + (", which the system sends when memory runs out" if name == "SIGKILL" else "")
    return f"exit code {code}"


def _serve(pipe: Connection) -> None:
    """Run what comes through the pipe until its other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl-C reaches the whole group; the sweep ends its workers itself
    while True:
        try:
            job: Job = pipe.recv()
        except (EOFError, OSError):
            return
        reason = logged(job)
        give_back_memory()  # before the answer: another worker may be given a cell as soon as it is heard
        try:
            pipe.send(reason)
        except BrokenPipeError:  # the sweep is gone; the cell is done all the same
            return


def logged(job: Job) -> str | None:
    """Run a cell with its output and any traceback in its log; as ``attempt``, or TAKEN where others run it."""
    from results.claims import TakenError

    with output_to(job.folder / LOG):
        try:
            return attempt(job)
        except TakenError:
            return TAKEN
        except Exception as error:  # of the method or the harness; the log has the traceback, the sweep goes on
            traceback.print_exc()
            text = str(error).splitlines()[0] if str(error) else "no reason given"
            return f"{type(error).__name__}: {text}"


def logged_when_free(job: Job) -> str | None:
    """Run a cell, or wait while another process does, where waiting costs no slot of ours."""
    while (reason := logged(job)) == TAKEN:
        time.sleep(AGAIN_SECONDS)
    return reason


@contextmanager
def output_to(path: Path) -> Iterator[None]:
    """Append everything that is written meanwhile to a file, native libraries' words too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    saved = [os.dup(number) for number in (1, 2)]
    with path.open("ab") as file:
        for number in (1, 2):
            os.dup2(file.fileno(), number)
        try:
            yield
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for number, kept in zip((1, 2), saved, strict=True):
                os.dup2(kept, number)
                os.close(kept)
