"""How long a sweep still takes: each cell's pace, measured as soon as it trains, else guessed by its like."""

from __future__ import annotations

import heapq
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmark.cells.cell import Cell
from benchmark.launchers.job import Job
from benchmark.launchers.price import of_one_device
from benchmark.training.progress import Seen, progress_of
from results.errors import ResultError
from results.record import Record
from results.store import Store

FREE = {"labeled_patients", "label_draw", "seed", "label_seed", "init_seed", "data_seed", "overrides", "content"}
"""What of a cell has no part in its pace; neither has the number of its updates."""


@dataclass(frozen=True)
class Pace:
    """Seconds of an update, and of all that follows the last one."""

    update: float
    rest: float

    def times(self, factor: float) -> Pace:
        """Return that of a machine, or at a size, so many times as slow."""
        return Pace(factor * self.update, factor * self.rest)


@dataclass(frozen=True)
class Shape:
    """How a run's work lies over its updates.

    parts: of each stage its name, its share of the updates, and how many times the run's mean an update of it takes;
    none where that is not known, and every update is taken for the same.
    """

    parts: Sequence[tuple[str, float, float]] = ()

    def factor(self, stage: str) -> float:
        """Return how many times the run's mean an update of a stage takes."""
        return next((factor for name, _, factor in self.parts if name == stage), 1.0)

    def left(self, done: float) -> float:
        """Return the share of the work that is left after a share of the updates."""
        work, begins = 0.0, 0.0
        for _, share, factor in self.parts or (("", 1.0, 1.0),):
            work += factor * min(max(begins + share - done, 0.0), share)
            begins += share
        return work


class Forecast:
    """The seconds left of some jobs.

    What was measured in this sweep counts for all cells that differ in seed, labelled patients or updates alone. A kind
    of which nothing was is guessed: what records tell of its method beside the others, times how slow what was measured
    is beside its own guess. records: of any machine and size; clock: seconds.
    """

    def __init__(
        self, jobs: Sequence[Job], records: Sequence[Record], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._waiting = {job.id: job for job in jobs}
        self._kinds = {job.id: _kind(job.cell) for job in jobs}
        cells = {self._kinds[job.id]: job.cell for job in jobs}  # one of each kind: what both ask of it is in the kind
        self._guesses = {kind: guess(cell, records) for kind, cell in cells.items()}
        self._shapes = {kind: shape(cell, records) for kind, cell in cells.items()}
        self._stages = {record.cell.method: len(record.stages) for record in records}
        self._measured: dict[str, list[Pace]] = {}
        self._ended: list[Job] = []
        self._most = 0  # jobs at once so far
        self._clock, self._begun = clock, clock()

    def ended(self, job: Job, reason: str | None) -> None:
        """Hear that a job ended for good; what it took is read in its record."""
        self._waiting.pop(job.id, None)
        self._ended.append(job)
        if reason is None:
            try:
                record = Store(job.out).load(job.id).record
            except ResultError:
                return
            kind = self._kinds[job.id]
            self._measured.setdefault(kind, []).append(_pace(record))
            self._shapes[kind] = _shape(record) or self._shapes[kind]

    def left(self, running: Sequence[Job]) -> float | None:
        """Return the seconds left with these jobs at work; None as long as nothing tells of them.

        running: empty where nobody can see them, as on a cluster: then by how much of the work is done since the start.
        """
        seen = {job.id: progress_of(job.folder) for job in running}
        paces = self._paces(seen)
        if paces is None:
            return None
        costs = {name: self._seconds(job, paces, seen.get(name)) for name, job in self._waiting.items()}
        if not running:
            done = sum(self._seconds(job, paces, None) for job in self._ended)
            return sum(costs.values()) / done * (self._clock() - self._begun) if done else None
        slots = [costs.pop(job.id, 0.0) for job in running]
        self._most = max(self._most, len(slots))
        slots += [0.0] * (self._most - len(slots))  # free this moment, until the next job is handed out
        heapq.heapify(slots)
        for cost in costs.values():  # in their order, each where a slot is free first
            heapq.heapreplace(slots, slots[0] + cost)
        return max(slots)

    def _seconds(self, job: Job, paces: Mapping[str, Pace], seen: Seen | None) -> float:
        """Return the seconds that a job still takes."""
        pace = paces[self._kinds[job.id]]
        if seen is None:
            return job.cell.updates(self._stages.get(job.cell.method, 1)) * pace.update + pace.rest
        if seen["update"] >= seen["total"]:
            return pace.rest / 2
        left = self._shapes[self._kinds[job.id]].left(seen["update"] / seen["total"])
        return left * seen["total"] * pace.update + pace.rest

    def _paces(self, seen: Mapping[str, Seen | None]) -> dict[str, Pace] | None:
        """Return the pace of each kind, None where not one was measured."""
        updates: dict[str, list[float]] = {
            kind: [one.update for one in found] for kind, found in self._measured.items()
        }
        for kind, seconds in self._running(seen):
            updates.setdefault(kind, []).append(seconds)
        if not updates:
            return None
        found = {kind: statistics.fmean(seconds) for kind, seconds in updates.items()}
        factor = statistics.median(seconds / self._guesses[kind].update for kind, seconds in found.items())
        paces = {kind: guessed.times(factor) for kind, guessed in self._guesses.items()}
        for kind, seconds in found.items():
            rests = [one.rest for one in self._measured.get(kind, ())]
            paces[kind] = Pace(seconds, statistics.fmean(rests) if rests else paces[kind].rest)
        return paces

    def _running(self, seen: Mapping[str, Seen | None]) -> Iterator[tuple[str, float]]:
        """Yield the kind and the seconds an update of each job that trains and has told its pace.

        That is of the stage which it is in; where one stage is known to be slower than another, the run's mean follows.
        """
        for name, one in seen.items():
            if one is not None and one["rate"] > 0 and one["update"] < one["total"]:
                kind = self._kinds[name]
                yield kind, 1 / one["rate"] / self._shapes[kind].factor(one["stage"])


def guess(cell: Cell, records: Sequence[Record]) -> Pace:
    """Return the pace of a cell's like beside other methods': the median of the closest records that there are.

    Of its method, first those of its preset, backbone and data set too; else of all methods.
    """
    same = _closest(cell, of_one_device([record for record in records if record.status == "done"]))
    paces = [_pace(record) for record in same] or [Pace(1.0, 0.0)]
    return Pace(statistics.median(one.update for one in paces), statistics.median(one.rest for one in paces))


def shape(cell: Cell, records: Sequence[Record]) -> Shape:
    """Return how a cell's work lies over its updates by the closest record of its method that tells it."""
    mine = [record for record in records if record.cell.method == cell.method and _shape(record)]
    return (_shape(_closest(cell, mine)[0]) if mine else None) or Shape()


def _closest(cell: Cell, records: Sequence[Record]) -> Sequence[Record]:
    """Return the records that are a cell's like in as much as any is."""
    for trait in ("method", "preset", "backbone", "dataset"):
        records = [record for record in records if getattr(record.cell, trait) == getattr(cell, trait)] or records
    return records


def words(seconds: float | None) -> str:
    """Return the time left as it is said."""
    if seconds is None:
        return "time left not known yet"
    if seconds < 100:
        return f"{seconds:.0f} s left"
    return f"{seconds / 60:.0f} min left" if seconds < 6000 else f"{seconds / 3600:.1f} h left"


def _kind(cell: Cell) -> str:
    return cell.model_dump_json(exclude={**dict.fromkeys(FREE, True), "schedule": {"updates", "validations", "tuned"}})


def _pace(record: Record) -> Pace:
    return Pace(max(record.seconds.train, 1e-6) / max(record.updates, 1), record.seconds.evaluate)


def _shape(record: Record) -> Shape | None:
    """Return how a run's work lay over its updates; None where it does not tell that of every stage."""
    told = [(stage.name, stage.updates, stage.seconds_an_update) for stage in record.stages]
    known = [(name, updates, seconds) for name, updates, seconds in told if seconds]
    work = sum(updates * seconds for _, updates, seconds in known)
    if len(known) < len(told) or not work:
        return None
    total = sum(updates for _, updates, _ in known)
    return Shape(tuple((name, updates / total, seconds * total / work) for name, updates, seconds in known))
