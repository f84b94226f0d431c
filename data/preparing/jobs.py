"""Cases prepared by several processes, in memory that is bounded whatever their number."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cached_property
from multiprocessing import get_context
from pathlib import Path

from data.content import Digests, digest_of
from data.digest_cache import Digest, Stamp
from data.errors import DataError
from data.folders.endings import known_ending
from data.folders.sizes import bytes_of
from data.grid import Grid
from data.preparing.making import PlaceError, make

MEMORY = 1_900_000_000  # bytes of all processes together; where the largest case leaves no room, this one makes all
PROCESS = 600_000_000  # bytes of a process that has imported what it needs and holds no case
STATED, WHOLE = 4, 16  # bytes a voxel while slices are made a few at a time, and while a volume is held to scale it
HELD = 6  # bytes a voxel of a file that is held whole, which its reader has twice for a moment
UNPACKED = 4  # times as large as its file that a case is taken to be whose file has no header that is looked into
ORPHAN_SECONDS = 1.0


@dataclass(frozen=True)
class Task:
    """A case to be prepared. grid: None where it is only read for what it holds, as test cases are.

    files: all that it is read from. held: how many images of them are held at once; 0 where each is read as far as a
    block needs it.
    """

    name: str
    patient: str
    grid: Grid | None
    files: Sequence[Path]
    held: int = 0

    @cached_property
    def memory(self) -> int:
        """Bytes that its case takes while it is made, at most and about."""
        stated = self.grid is None or self.grid.is_stated
        each = STATED if stated and not self.held else max(1, self.held) * (HELD if stated else WHOLE)
        headed = [path for path in self.files if known_ending(path.name) is not None]
        return max(map(_voxels, headed or self.files)) * each


@dataclass(frozen=True)
class Done:
    """What became of a case. wrong: why it can't be read, None where it was; bytes: that were written."""

    task: Task
    digest: Digest | None
    stamp: Stamp | None
    begun_ns: int
    bytes: int = 0
    wrong: str | None = None


@dataclass(frozen=True)
class Workshop:
    """What makes cases: how they are read, where their slices go, and how many processes may make them."""

    digests: Digests
    place: Path
    jobs: int = 1

    def do(self, task: Task) -> Done:
        """Prepare a case, or say what is wrong with it; PlaceError where its slices can't be written."""
        stamp, begun_ns = self.digests.stamp(task.name), time.time_ns()
        try:
            stream = self.digests.stream(task.name)
            if task.grid is None:
                return Done(task, digest_of(stream), stamp, begun_ns)
            digest, size = make(stream, task.patient, self.digests.reading, task.grid, self.place)
            return Done(task, digest, stamp, begun_ns, size)
        except PlaceError:
            raise
        except DataError as error:
            return Done(task, None, stamp, begun_ns, wrong=str(error))


def done(workshop: Workshop, tasks: Sequence[Task]) -> Iterator[Done]:
    """Yield cases as they are prepared, by at most its jobs; one alone is this process.

    The largest come first. There are no more processes than MEMORY holds beside the largest case, and no more cases are
    made together than it holds.
    """
    ordered = sorted(tasks, key=lambda task: -task.memory)
    largest = max((task.memory for task in tasks), default=0)
    most = min(workshop.jobs, len(ordered), (MEMORY - largest) // PROCESS - 1)  # this process is one more
    if most < 2:
        yield from map(workshop.do, ordered)
        return
    room = MEMORY - PROCESS * (most + 1)
    pool = ProcessPoolExecutor(most, get_context("spawn"), _begin, (workshop, os.getpid()))
    running: dict[Future[Done], int] = {}
    try:
        while ordered or running:
            while len(running) < most and (number := _next(ordered, room - sum(running.values()))) is not None:
                task = ordered.pop(number)
                running[pool.submit(_do, task)] = task.memory
            ended, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in ended:
                del running[future]
                yield future.result()
    except BrokenProcessPool:
        raise PlaceError(
            "a process that prepared a case was ended, as systems do where memory runs out; the same command goes on "
            "with the next case, --jobs 1 takes the least memory"
        ) from None
    finally:
        _end(pool)


def _next(ordered: Sequence[Task], room: int) -> int | None:
    """Return the number of the first task that there is room for, None where none fits beside those that run."""
    return next((number for number, task in enumerate(ordered) if task.memory <= room), None)


def _voxels(path: Path) -> int:
    """Return how many values a file holds, of 4 bytes each."""
    try:
        return path.stat().st_size * UNPACKED if known_ending(path.name) is None else bytes_of(path) // 4
    except Exception:  # whatever a broken file raises: reading it says what is wrong
        return 0


_WORKSHOP: list[Workshop] = []
"""Of a process that prepares cases for another: set once as it begins."""


def _begin(workshop: Workshop, parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl-C reaches the whole group; the parent ends its processes
    _WORKSHOP.append(workshop)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """End this process once its parent is gone: a pool's process would wait for work for ever."""
    while os.getppid() == parent:
        time.sleep(ORPHAN_SECONDS)
    os._exit(1)


def _do(task: Task) -> Done:
    return _WORKSHOP[0].do(task)


def _end(pool: ProcessPoolExecutor) -> None:
    """End a pool; what its processes have not finished they leave aside, to be made again."""
    processes = list((pool._processes or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()
    for process in processes:
        process.join()
