"""Preparing a data set: each case of its training and validation patients on the grid that runs read it on."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from data.content import Digests, Known
from data.errors import DataUsageError
from data.folders.source import Folder
from data.grid import Grid
from data.preparing.jobs import Done, Task, Workshop, done, told
from data.preparing.ledger import Ledger
from data.preparing.shard import shard_of
from data.preparing.shards import Shards
from data.published import Published

Stored = Folder | Published
Show = Callable[[int, int, str], None]
"""Hears of the cases done, of how many, and the last one's name."""


@dataclass(frozen=True)
class Grids:
    """On what a run reads slices: those of training patients, and those of validation patients."""

    train: Grid
    val: Grid


def prepare(
    source: Stored, grids: Grids, workshop: Workshop, ledger: Ledger, show: Show, alone: Collection[str] = ()
) -> Mapping[str, str]:
    """Make what is not there yet of a data set's slices, note what became of each case, and return which are broken.

    Test patients are never prepared: their cases are read for what they hold, as every run on the data set reads them.
    alone: cases that are not to be made in this process. PlaceError where slices can't be written.
    """
    digests = workshop.digests
    folders = {grid: Shards(workshop.place, grid) for grid in (grids.train, grids.val)}
    tasks = [task for task in _tasks(source, grids, digests) if not _is_done(task, digests, folders, ledger)]
    for shards in folders.values():
        shards.remember()
    if tasks:
        print(told(workshop, tasks), file=sys.stderr)
    try:
        pause = Pause()
        for number, one in enumerate(done(workshop, tasks, alone), 1):
            _note(one, digests, folders, ledger)
            show(number, len(tasks), one.task.name)
            pause.after(digests.keep)  # a killed one goes on after what it had
    finally:
        digests.keep()
    return {task.name: ledger.broken[task.name] for task in tasks if task.name in ledger.broken}


class Pause:
    """Does what is done again and again so rarely that it takes a tenth of the time at most."""

    def __init__(self) -> None:
        self._next = 0.0

    def after(self, do: Callable[[], None]) -> None:
        """Do it, unless the last time was too shortly before."""
        begun = time.monotonic()
        if begun >= self._next:
            do()
            ended = time.monotonic()
            self._next = ended + 10 * (ended - begun)


def digests_of(source: Stored) -> Digests:
    """Return how the cases of a data set are read; DataUsageError for one that is generated, or a package's own."""
    digests: Digests | None = getattr(source, "digests", None)  # which a package need not offer
    if digests is None and not isinstance(source, Published):
        raise DataUsageError(
            f"{source.dataset} is an installed package's, which reads its cases itself, so that runs on it need no "
            "slices prepared; name a data set that lies in files, such as acdc or a folder's path"
        )
    if digests is None:
        raise DataUsageError(
            f"{source.dataset} is generated when it is asked for, and nothing of it is read from files; name a data "
            "set that lies in some, such as acdc or a folder's path"
        )
    return digests


def _tasks(source: Stored, grids: Grids, digests: Digests) -> list[Task]:
    split, tasks = source.split, list[Task]()
    for patients, grid in ((split.train, grids.train), (split.val, grids.val), (split.test, None)):
        named: Mapping[str, str] = source.named(patients)
        for name, patient in named.items():
            tasks.append(Task(name, patient, grid, digests.files(name), _held(source, name)))
    return tasks


def _held(source: Stored, name: str) -> int:
    """Return how many images of a case are held at once while it is made."""
    return source.held(name) if isinstance(source, Folder) else 0


def _is_done(task: Task, digests: Digests, folders: Mapping[Grid, Shards], ledger: Ledger) -> bool:
    """Return whether nothing is left to do for a case, and note it."""
    digest = digests.remembered(task.name)
    if digest is None:
        return False
    if task.grid is None:
        ledger.states.setdefault(task.name, "looked")
        return True
    known = Known(task.name, task.patient, digest, digests.reading)
    state = folders[task.grid].state(known)
    if state == "whole":
        ledger.states.setdefault(task.name, "kept")
        ledger.shards[task.name] = shard_of(folders[task.grid].folder, known, task.grid).key
    elif state == "damaged":
        ledger.states[task.name] = "mended"
    return state == "whole"


def _note(one: Done, digests: Digests, folders: Mapping[Grid, Shards], ledger: Ledger) -> None:
    """Note what became of a case, and remember what it holds."""
    task = one.task
    if one.digest is None:
        ledger.broken[task.name] = one.wrong or "it can't be read"
        return
    digests.learn(task.name, one.digest, one.stamp, one.begun_ns)
    if task.grid is None:
        ledger.states[task.name] = "looked"
        return
    known = Known(task.name, task.patient, one.digest, digests.reading)
    ledger.states.setdefault(task.name, "made" if one.bytes else "kept")
    ledger.bytes += one.bytes
    ledger.shards[task.name] = shard_of(folders[task.grid].folder, known, task.grid).key
