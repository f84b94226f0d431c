"""How many cells one GPU takes: as many as its memory holds by what such cells took before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from benchmark.cell import Cell
from benchmark.launchers.job import Job
from results.record import CellInfo, Record

MARGIN = 0.9  # of the free memory; the allocator's blocks are never all full
Kind = tuple[str, ...]
Free = Callable[[], Sequence[float]]
"""What each GPU has free, in MiB, at this moment."""


def kind_of(cell: Cell | CellInfo) -> Kind:
    """Return what decides the memory and the minutes of a cell: all but its patients, fidelity and seeds."""
    return (
        cell.method,
        str(cell.twin),
        cell.backbone,
        cell.preset,
        *(f"{k}={v}" for k, v in sorted(cell.overrides.items())),
    )


def peaks(records: Sequence[Record]) -> Mapping[Kind, float]:
    """Return the highest peak in MiB of each kind among runs on a GPU."""
    found: dict[Kind, float] = {}
    for record in records:
        if record.status == "done" and record.environment.get("device") == "cuda":
            found[kind_of(record.cell)] = max(found.get(kind_of(record.cell), 0.0), record.peak_memory_mib)
    return found


class Packing:
    """Which cells share a GPU: those whose tensors' peaks and whose processes fit into its free memory.

    A peak is known from records, or runs alone. What a process takes beside its tensors (CUDA's context, workspaces,
    blocks the allocator keeps) is measured from outside on the first cell that had a GPU to itself; until then no two
    share one. A process that waits for a cell takes that too, as long as its slot is open.
    """

    def __init__(self, peaks: Mapping[Kind, float], gpu_of_slot: Sequence[int], free_mib: Free) -> None:
        self.peaks, self.gpu_of_slot, self.free_mib = dict(peaks), gpu_of_slot, free_mib
        self.before = free_mib()
        self.beside_mib: float | None = None
        self._gpu: dict[str, int] = {}
        self._open: set[int] = set()  # slots that have a process
        self._least: dict[str, float] = {}  # free memory that lone cells left

    def admit(self, running: Sequence[Job], job: Job, slot: int) -> bool:
        """Return whether a job may start in a slot beside those running."""
        gpu = self.gpu_of_slot[slot]
        sharing = [other for other in running if self._gpu.get(other.cell.id) == gpu]
        processes = sum(self.gpu_of_slot[other] == gpu for other in self._open | {slot})
        if sharing and not self._fit([*sharing, job], processes, self.before[gpu]):
            return False
        self._gpu[job.cell.id] = gpu
        self._open.add(slot)
        for company in (*sharing, job):
            self._least.pop(company.cell.id, None)
        if not sharing:
            self._least[job.cell.id] = self.before[gpu]
        return True

    def look(self, running: Sequence[Job]) -> None:
        """Note the free memory that lone cells leave; called about once a second."""
        lone = [job.cell.id for job in running if job.cell.id in self._least]
        free = self.free_mib() if lone else ()
        for cell in lone:
            self._least[cell] = min(self._least[cell], free[self._gpu[cell]])

    def ended(self, job: Job, peak_mib: float) -> None:
        """Learn from a cell that is done."""
        self.peaks[kind_of(job.cell)] = peak_mib
        least = self._least.pop(job.cell.id, None)
        if least is not None:
            beside = max(0.0, self.before[self._gpu[job.cell.id]] - least - peak_mib)
            self.beside_mib = beside if self.beside_mib is None else max(self.beside_mib, beside)

    def _fit(self, jobs: Sequence[Job], processes: int, free_mib: float) -> bool:
        peaks = [self.peaks[kind] for kind in map(kind_of, (job.cell for job in jobs)) if kind in self.peaks]
        if self.beside_mib is None or len(peaks) < len(jobs):
            return False
        return sum(peaks) + processes * self.beside_mib <= MARGIN * free_mib
