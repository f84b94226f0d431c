"""A cell as a launcher sees it, and the one function that runs it, wherever that is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark.cells.cell import Cell
from benchmark.errors import REPORTED, UsageError, lasts
from benchmark.outside.carried import Origins, at_hand, bring
from data.preparing.place import named_place, taking_from
from shell.memory import MEMORY, is_full

if TYPE_CHECKING:
    from data.source import Source
    from results.store import Store

LOG = "log.txt"  # in a run's folder: a cell's output


@dataclass(frozen=True)
class Job:
    """A cell and where it is run and kept.

    pace: fields of its Options that are not the usual ones, such as `save_seconds` and `recompute`. anew: whether it is
    trained again where other code made its record or began its training. prepared: the place of prepared slices that is
    named in the sweep's environment, since a worker elsewhere has another one. outside: the files of its code that is
    not of this repository, which come with it wherever it is made.
    """

    cell: Cell
    data_root: Path | None
    out: Path
    device: str
    threads: int
    pace: Mapping[str, Any] = field(default_factory=dict)
    anew: bool = False
    prepared: Path | None = field(default_factory=named_place)
    outside: Origins = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "outside", at_hand(self.cell.outside))

    @cached_property
    def id(self) -> str:
        """Return the cell's identity, which launchers ask for many times a second and a cell hashes anew each time."""
        return self.cell.id

    @property
    def folder(self) -> Path:
        """Return the run's folder."""
        return self.out / self.id


Ended = Iterator[tuple[Job, str | None]]
"""Jobs as they end, each with None or the reason of its failure in one sentence."""


class Lasting(str):
    """The reason of a failure that the next try would end by as well, wherever it is."""

    __slots__ = ()


class Refused(str):
    """The reason of a failure that the user's words alone made, before anything ran."""

    __slots__ = ()


class Retries:
    """How often each job may fail and be run again; not at all where it would fail as before.

    elsewhere: whether the next try may be on another machine, which may have the device or file that this one lacks.
    """

    def __init__(self, allowed: int, *, elsewhere: bool = False) -> None:
        self.allowed, self._failures = allowed, Counter[str]()
        self._for_good = (Lasting,) if elsewhere else (Lasting, Refused)

    def ends(self, job: Job, reason: str | None) -> bool:
        """Return whether a job that came back has ended for good: done, or failed once too often, or lastingly."""
        self._failures[job.id] += reason is not None
        return reason is None or isinstance(reason, self._for_good) or self._failures[job.id] > self.allowed


def attempt(job: Job) -> str | None:
    """Run a cell, or go on with it; return None or why it can't be run as it is meant, which is no fault of the code.

    TakenError where another process runs it at this moment; all that is nobody's wrong word is raised.
    """
    from benchmark.environment.device import device_of
    from benchmark.running.execution import run_cell
    from benchmark.running.options import Options
    from results.claims import TakenError
    from results.store import Store

    try:
        bring(job.cell.outside, job.outside)
        source = _source(job.cell.dataset, job.data_root)
        if source.fingerprint() != job.cell.data_fingerprint:
            return f"this process finds other data of {source.dataset} ({source.origin}) than the cell is of"
        store = Store(job.out)
        options = Options(device_of(job.device), _is_forced(job, store), threads=job.threads, **job.pace)
        with taking_from(job.prepared):
            run_cell(job.cell, source, store, options)
    except TakenError:
        raise
    except REPORTED as error:
        return sentence(error)
    return None


def _is_forced(job: Job, store: Store) -> bool:
    """Return whether what lies there is to be replaced: what this code made meanwhile, here or elsewhere, is not."""
    from benchmark.environment.code import taken
    from results.errors import ResultError

    if not job.anew or not (job.folder / "record.json").exists():
        return job.anew
    try:
        return taken().checkout.standing(store.load(job.id)).kind == "other"
    except ResultError:  # damaged, so it runs again anyway
        return False


def sentence(error: BaseException) -> str:
    """Return the first line of what an error says, the rest of which is for a log, and its kind where it is not ours.

    It is Refused or Lasting where the next try would end by it too.
    Of full memory, where an allocator does not say it in plain words, what helps.
    """
    code = getattr(error, "exits_with", None)
    if code is not None:
        kind = Refused if code == UsageError.exits_with else Lasting if lasts(error) else str
        return kind(_first_line(error))
    if is_full(error) and "out of memory" not in str(error).lower():
        return f"{type(error).__name__}: {MEMORY}"
    return f"{type(error).__name__}: {_first_line(error)}"


def _first_line(error: BaseException) -> str:
    return next(filter(None, (line.strip() for line in str(error).splitlines())), "no reason given")


@lru_cache(maxsize=4)
def _source(dataset: str, data_root: Path | None) -> Source:
    """Return a data set, looked for once a process."""
    from data.catalog import find

    return find(dataset, data_root)
