"""How many cells one GPU takes: as many as its memory holds by what such cells took before."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from benchmark.cells.cell import Cell
from benchmark.launchers.job import Job
from benchmark.launchers.local import Room
from benchmark.launchers.worker import Answer
from results.record import CellInfo, Record

MARGIN = 0.9  # of the free memory; what a cell takes varies a little from run to run
LEAST_MIB = 200.0  # no process that trains takes less beside its tensors; a measure below it is of something else
USUAL_MIB = 1024.0  # taken instead: CUDA's context with cuDNN's and cuBLAS's kernels, on the safe side
RAISED = 1.25  # times the peak by which a cell in company ran out of memory
FULL = ("out of memory", "alloc_failed")  # how torch, and how cuBLAS and cuDNN say it
Kind = tuple[str, ...]
Free = Callable[[int], float]
"""What a GPU has free at this moment, in MiB; nan where it doesn't answer, which compares as false with all."""


def kind_of(cell: Cell | CellInfo) -> Kind:
    """Return what decides the memory of a cell: all but its patients and seeds.

    The data set lies on the device as a whole; size and precision are the preset's or among the overrides.
    """
    return (
        cell.dataset,
        cell.method,
        str(cell.twin),
        cell.backbone,
        cell.preset,
        cell.fidelity,
        *(f"{k}={v}" for k, v in sorted(cell.overrides.items())),
    )


def peaks(records: Sequence[Record], hardware: Collection[str], recompute: bool = False) -> Mapping[Kind, float]:
    """Return the highest peak in MiB of each kind among runs on such GPUs; others compute by other kernels.

    recompute: whether those count that were trained with --recompute, in a fraction of the memory, or those without.
    """
    found: dict[Kind, float] = {}
    for record in records:
        on = record.environment
        alike = on.get("hardware") in hardware and bool(on.get("recompute", False)) == recompute
        if record.status == "done" and on.get("device") == "cuda" and alike:
            found[kind_of(record.cell)] = max(found.get(kind_of(record.cell), 0.0), record.peak_memory_mib)
    return found


@dataclass
class _Alone:
    """A cell whose process is the first of ours on its GPU: what was free before it, last, and came free meanwhile."""

    before: float
    last: float
    freed: float = 0.0

    def see(self, free: float) -> None:
        self.freed += max(0.0, free - self.last)
        self.last = free


class Packing(Room):
    """Which cells share a GPU: those whose peaks and whose processes fit into its free memory.

    A peak is known from records, or its kind runs alone. What a process takes beside it (CUDA's context, kernels) is
    measured from outside: what is missing on the GPU once the first cell that had it to itself is done and has given
    its tensors back. Until then no two share one. Memory that other programs free meanwhile is added, what they take
    is not subtracted, so that they make the measure too large only, but for what comes and goes within a second. A
    process that waits for a cell takes as much, as long as its slot is open.

    A cell joins others where they all fit both into what was free when the first of them came, and into what is free
    now with all that those who run may have of it. What remains: another program, or another sweep, that takes memory
    while ours still grow is seen only when it and they together exceed their plan. A cell that fails in company runs
    alone the next time, and where memory ran out its kind counts as larger from then on.
    """

    def __init__(self, peaks: Mapping[Kind, float], gpu_of_slot: Sequence[int], free_mib: Free) -> None:
        self.peaks, self.gpu_of_slot, self.free_mib = dict(peaks), gpu_of_slot, free_mib
        self.beside_mib: float | None = None
        self._room: dict[int, float] = {}  # of each GPU, when the first of those on it came
        self._gpu: dict[str, int] = {}
        self._open: set[int] = set()  # slots whose process uses a GPU
        self._alone: dict[str, _Alone] = {}
        self._accompanied: set[str] = set()
        self._to_run_alone: set[str] = set()

    def learn(self, peaks: Mapping[Kind, float]) -> None:
        """Hear of more runs; a smaller peak says nothing, since a run that went on at its scoring has one."""
        for kind, peak_mib in peaks.items():
            self.peaks[kind] = max(self.peaks.get(kind, 0.0), peak_mib)

    def admit(self, running: Sequence[Job], job: Job, slot: int) -> bool:
        """Return whether a job may start in a slot beside those running."""
        gpu = self.gpu_of_slot[slot]
        sharing = [other for other in running if self._gpu.get(other.id) == gpu]
        if sharing and not self._fit(sharing, job, slot):
            return False
        self._gpu[job.id] = gpu
        if sharing:
            self._accompany([*sharing, job])
        else:
            self._begin(job, gpu)
        self._open.add(slot)
        return True

    def look(self, running: Sequence[Job]) -> None:
        """Note the memory that comes free while a cell is measured; about once a second."""
        for job in running:
            if job.id in self._alone:
                self._alone[job.id].see(self.free_mib(self._gpu[job.id]))

    def ended(self, job: Job, slot: int, answer: Answer) -> None:
        """Learn from a cell that came back; one that another sweep did at once tells nothing of a process."""
        alone = self._alone.pop(job.id, None)
        if not answer.used_gpu:
            self._open.discard(slot)
        elif alone is not None and answer.reason is None:
            self._measure(alone, self.free_mib(self._gpu[job.id]))
        if answer.failed and job.id in self._accompanied:
            self._to_run_alone.add(job.id)
            kind, reason = kind_of(job.cell), str(answer.reason).lower()
            if kind in self.peaks and any(words in reason for words in FULL):
                self.peaks[kind] *= RAISED
        self._accompanied.discard(job.id)

    def closed(self, slot: int) -> None:
        """Count a slot's process no more."""
        self._open.discard(slot)

    def _begin(self, job: Job, gpu: int) -> None:
        """Note what is free for a cell that comes first, and measure it where no process of ours is there yet."""
        free, processes = self.free_mib(gpu), self._processes(gpu, self._open)
        self._room[gpu] = free + processes * (self.beside_mib or 0.0)
        self._alone.pop(job.id, None)
        if not processes:
            self._alone[job.id] = _Alone(free, free)

    def _accompany(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            self._alone.pop(job.id, None)
            self._accompanied.add(job.id)

    def _measure(self, alone: _Alone, free_mib: float) -> None:
        missing = alone.before - free_mib + alone.freed
        beside = missing if missing >= LEAST_MIB else USUAL_MIB
        self.beside_mib = beside if self.beside_mib is None else max(self.beside_mib, beside)

    def _fit(self, sharing: Sequence[Job], job: Job, slot: int) -> bool:
        """Return whether a job fits beside those that share a GPU, whatever these have taken of it so far."""
        together, gpu = [*sharing, job], self.gpu_of_slot[slot]
        alone = any(one.id in self._to_run_alone for one in together)
        if self.beside_mib is None or alone or any(kind_of(one.cell) not in self.peaks for one in together):
            return False
        now = self._planned(sharing, self._processes(gpu, self._open))
        then = self._planned(together, self._processes(gpu, self._open | {slot}))
        return then <= MARGIN * self._room[gpu] and then <= MARGIN * (self.free_mib(gpu) + now)

    def _planned(self, jobs: Sequence[Job], processes: int) -> float:
        """Return the most that jobs and processes take, in MiB."""
        return sum(self.peaks[kind_of(job.cell)] for job in jobs) + processes * (self.beside_mib or 0.0)

    def _processes(self, gpu: int, slots: Collection[int]) -> int:
        return sum(self.gpu_of_slot[slot] == gpu for slot in slots)
