"""Cases prepared by several processes, in memory that is bounded whatever their number."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cached_property
from multiprocessing import get_context
from pathlib import Path

from data.content import Digests, digest_of
from data.digest_cache import Digest, Stamp
from data.errors import DataError
from data.files import first_line
from data.folders.endings import known_ending
from data.folders.sizes import bytes_of
from data.grid import Grid
from data.preparing.alone import KilledError, apart, end, follow
from data.preparing.aside import PlaceError, aside
from data.preparing.making import MOST_HELD, make
from data.preparing.place import folder_of

MEMORY = 1_900_000_000  # bytes of all processes together where nobody says how many there are
PROCESS = 600_000_000  # bytes of a process that has imported what it needs and holds no case
STREAMED = 4  # bytes a voxel while slices are made a few at a time
GREY = 4  # bytes a voxel more while a channel is held to be scaled by its own grey values
HELD = 6  # bytes a voxel, of the 4 that are counted of each, while an image is held
UNPACKED = 4  # times as large as its file that a case is taken to be whose file has no header that is looked into


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
        headed = [path for path in self.files if known_ending(path.name) is not None]
        voxels = max(map(_voxels, headed or self.files))
        stated = self.grid is None or self.grid.is_stated
        return voxels * (self.held * HELD or STREAMED) + (0 if stated else GREY * min(voxels, MOST_HELD))


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
    """What makes cases: how they are read, where their slices go, and how many processes may make them.

    memory: bytes of all processes together; where the largest case leaves no room, this one makes all.
    """

    digests: Digests
    place: Path
    jobs: int = 1
    memory: int = MEMORY

    def do(self, task: Task) -> Done:
        """Prepare a case, or say what is wrong with it; PlaceError where its slices can't be written."""
        stamp, begun_ns = self.digests.stamp(task.name), time.time_ns()
        try:
            with aside(self.place if task.grid is None else folder_of(self.place, task.grid), task.name) as mine:
                stream = self.digests.stream(task.name)
                if task.grid is None:
                    return Done(task, digest_of(stream), stamp, begun_ns)
                digest, size = make(stream, task.patient, self.digests.reading, task.grid, mine)
                return Done(task, digest, stamp, begun_ns, size)
        except PlaceError:
            raise
        except DataError as error:
            return Done(task, None, stamp, begun_ns, wrong=str(error))
        except Exception as error:  # whatever a library meets in one case is that case's
            why = first_line(error) or "no reason given"
            return Done(task, None, stamp, begun_ns, wrong=f"it can't be read ({type(error).__name__}: {why})")


def told(workshop: Workshop, tasks: Sequence[Task]) -> str:
    """Return in words how many processes make cases."""
    count = max(1, _processes(workshop, tasks))
    asked = min(workshop.jobs, len(tasks))
    less = f", since {workshop.memory / 1e9:g} GB hold no more beside the largest case" if count < asked else ""
    return f"{len(tasks)} cases to read, by {count} process{'es side by side' if count > 1 else ''}{less}"


def done(workshop: Workshop, tasks: Sequence[Task], alone: Collection[str] = ()) -> Iterator[Done]:
    """Yield cases as they are prepared, by at most its jobs; one alone is this process.

    The largest come first. There are no more processes than its memory holds beside the largest case, and no more cases
    are made together than it holds. Those under way when a process is killed are made again, each in a process of its
    own, and so are those named ``alone``: what ends that process is broken.
    """
    for task in tasks:
        if task.name in alone:
            yield _by_itself(workshop, task)
    ordered = sorted((task for task in tasks if task.name not in alone), key=lambda task: -task.memory)
    most = _processes(workshop, ordered)
    if most < 2:
        yield from map(workshop.do, ordered)
        return
    while ordered:
        lost = list[Task]()
        yield from _side_by_side(workshop, ordered, most, lost)
        for task in lost:
            yield _by_itself(workshop, task)


def _processes(workshop: Workshop, tasks: Sequence[Task]) -> int:
    """Return how many processes may make cases beside this one, which makes them where these are less than two."""
    largest = max((task.memory for task in tasks), default=0)
    return min(workshop.jobs, len(tasks), (workshop.memory - largest) // PROCESS - 1)  # this process is one more


def _side_by_side(workshop: Workshop, ordered: list[Task], most: int, lost: list[Task]) -> Iterator[Done]:
    """Take cases from a list and yield them as they are made, until all are, or those under way are lost."""
    room = workshop.memory - PROCESS * (most + 1)
    pool = ProcessPoolExecutor(most, get_context("spawn"), _begin, (workshop, os.getpid()))
    running: dict[Future[Done], Task] = {}
    try:
        while running or (ordered and not lost):
            while not lost and len(running) < most and (number := _next(ordered, room, running.values())) is not None:
                task = ordered.pop(number)
                try:
                    running[pool.submit(_do, task)] = task
                except BrokenProcessPool:
                    lost.append(task)
            ended, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in ended:
                task = running.pop(future)
                if isinstance(future.exception(), BrokenProcessPool):
                    lost.append(task)
                else:
                    yield future.result()
    finally:
        end(pool)


def _by_itself(workshop: Workshop, task: Task) -> Done:
    """Make a case in a process of its own, and take it for broken where that ends."""
    try:
        return apart(_do, task, begin=_begin, to=workshop)
    except KilledError as error:
        return Done(task, None, None, 0, wrong=str(error))


def _next(ordered: Sequence[Task], room: int, running: Iterable[Task]) -> int | None:
    """Return the number of the first task that there is room for, None where none fits beside those that run."""
    left = room - sum(task.memory for task in running)
    return next((number for number, task in enumerate(ordered) if task.memory <= left), None)


def _voxels(path: Path) -> int:
    """Return how many values a file holds, of 4 bytes each."""
    try:
        return path.stat().st_size * UNPACKED if known_ending(path.name) is None else bytes_of(path) // 4
    except Exception:  # whatever a broken file raises: reading it says what is wrong
        return 0


_WORKSHOP: list[Workshop] = []
"""Of a process that prepares cases for another: set once as it begins."""


def _begin(workshop: Workshop, parent: int) -> None:
    follow(parent)
    _WORKSHOP.append(workshop)


def _do(task: Task) -> Done:
    return _WORKSHOP[0].do(task)
