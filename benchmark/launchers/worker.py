"""A process that runs one cell after another, so that torch is imported and the data set found once."""

from __future__ import annotations

import ctypes
import faulthandler
import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import torch

from benchmark.environment.code import taken
from benchmark.environment.memory import give_back_memory
from benchmark.launchers.hung import Life
from benchmark.launchers.job import LOG, Job, Refused, attempt, sentence

TAKEN = "taken"  # another process runs the cell; no failure
AGAIN_SECONDS = 5.0  # between two looks at cells that other processes run
GRACE_SECONDS = 5.0  # what a worker that is told to end may still take
ORPHAN_SECONDS = 5.0  # between two looks whether the sweep still lives, where the system doesn't tell
DIE_WITH_PARENT = 1  # Linux, prctl(2): PR_SET_PDEATHSIG


@dataclass(frozen=True)
class Answer:
    """What a worker says of a cell. reason: of its failure, TAKEN, or None where it is done.

    used_gpu: whether its process has ever used one. lives: whether it takes another cell.
    """

    reason: str | None
    used_gpu: bool = False
    lives: bool = True

    @property
    def failed(self) -> bool:
        """Whether the cell was run and not done."""
        return self.reason is not None and self.reason != TAKEN


@dataclass
class Worker:
    """A process, the cell it runs and its signs of life. environment: variables that it starts with."""

    environment: Mapping[str, str]
    job: Job | None = None
    life: Life | None = None
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
        """Hand over a cell; OSError where the process is dead."""
        self.pipe.send(job)
        self.job, self.life = job, Life(job.folder)

    def answer(self) -> Answer:
        """Return what the process says of its cell, or what it died of."""
        try:
            answer: Answer = self.pipe.recv()
        except (EOFError, OSError):
            self.process.join(GRACE_SECONDS)
            return Answer(f"its process ended ({_ending(self.process.exitcode)})", lives=False)
        return answer

    def end(self) -> None:
        """Stop the process; what it was doing goes on from its last checkpoint.

        One that hangs in a driver can't be stopped: it is left to the system, which ends it when the driver lets go.
        """
        for stop in (self.process.terminate, self.process.kill):
            stop()
            self.process.join(GRACE_SECONDS)
            if not self.process.is_alive():
                break
        else:
            multiprocessing.process._children.discard(self.process)  # type: ignore[attr-defined]  # waited for at exit
        self.pipe.close()


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        return f"signal {name}" + (", which the system sends when memory runs out" if name == "SIGKILL" else "")
    return f"exit code {code}"


def _serve(pipe: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl-C reaches the whole group; the sweep ends its workers itself
    faulthandler.enable()  # a segmentation fault's traceback goes where stderr does, so into the cell's log
    _end_with_parent()
    taken()  # while the code is what was just imported
    _listen(pipe)


def _listen(pipe: Connection) -> None:
    """Run what comes through the pipe until its other end is closed, or a failure leaves this process unfit."""
    lives = True
    while lives:
        try:
            job: Job = pipe.recv()
        except (EOFError, OSError):
            return
        answer = _answered(job)
        lives = answer.lives
        with suppress(OSError):  # the sweep is gone, which the next look finds; the cell is done all the same
            pipe.send(answer)


def _answered(job: Job) -> Answer:
    """Run a cell; after code from outside the process ends, since nobody knows what that changed for other cells."""
    answer = _given_back(job)
    return replace(answer, lives=answer.lives and not job.cell.outside)


def _given_back(job: Job) -> Answer:
    """Run a cell, and give its GPU's memory back before anybody hears of it and starts another one there.

    After a failure on a GPU the process ends, which gives all back: an error of a kernel stays with the process, and
    every later call of CUDA fails by it, that which frees memory too.
    """
    reason = logged(job)
    if not torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        return Answer(reason)
    if reason not in (None, TAKEN) and not isinstance(reason, Refused):
        return Answer(reason, used_gpu=True, lives=False)
    try:
        give_back_memory()
    except RuntimeError as error:
        print(f"the GPU's memory can't be given back ({sentence(error)}); this process ends", file=sys.stderr)
        return Answer(reason, used_gpu=True, lives=False)
    return Answer(reason, used_gpu=True)


def _end_with_parent() -> None:
    """Let the system kill this process when the sweep dies, however that is and whatever this one hangs in.

    Else a cell that hangs would hold its lock for ever, and no later sweep could run it. Linux counts as parent the
    thread that started this process, which is the sweep's main one.
    """
    sweep = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
    else:
        threading.Thread(target=_watch, args=(sweep,), daemon=True).start()
    parent = multiprocessing.parent_process()
    if parent is not None and os.getppid() != parent.pid:  # it died before the system was told
        os._exit(1)


def _watch(sweep: int) -> None:
    while os.getppid() == sweep:
        time.sleep(ORPHAN_SECONDS)
    os._exit(1)


def logged(job: Job) -> str | None:
    """Run a cell with its output and any traceback in its log; as ``attempt``, or TAKEN where others run it."""
    try:
        with output_to(job.folder / LOG):
            return _attempted(job)
    except OSError as error:
        return f"{job.folder / LOG} cannot be written ({error.strerror})"


def _attempted(job: Job) -> str | None:
    from results.claims import TakenError

    try:
        reason = attempt(job)
        if reason is not None:
            print(reason, file=sys.stderr)
        return reason
    except TakenError:
        return TAKEN
    except Exception as error:  # of the method, the harness or the machine; the sweep goes on
        traceback.print_exc()
        return sentence(error)


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
            for stream in (sys.stdout, sys.stderr):
                with suppress(OSError):  # a full disk; the log is a view of the run
                    stream.flush()
            for number, kept in zip((1, 2), saved, strict=True):
                os.dup2(kept, number)
                os.close(kept)
