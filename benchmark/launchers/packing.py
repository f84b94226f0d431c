"""How many cells one GPU takes: as many as its memory holds by what such cells took before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmark.cell import Cell
from benchmark.launchers.job import Job
from benchmark.launchers.local import Admit
from results.record import CellInfo, Record

MARGIN = 0.9  # of the free memory; the allocator's blocks are never all full
CONTEXT_MIB = 600.0  # of a process beside its tensors: CUDA's context and cuDNN's workspaces; an estimate, not measured
Kind = tuple[str, ...]


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


def fits(running: Sequence[float | None], candidate: float | None, free_mib: float) -> bool:
    """Return whether a cell fits beside those running; one of unknown need runs alone, and is measured so."""
    if not running:
        return True
    needs = [*running, candidate]
    known = [need for need in needs if need is not None]
    return len(known) == len(needs) and sum(need + CONTEXT_MIB for need in known) <= MARGIN * free_mib


def by_memory(known: Mapping[Kind, float], free_mib: Sequence[float], gpu_of_slot: Sequence[int]) -> Admit:
    """Return who may start: free_mib by GPU before the sweep, gpu_of_slot the GPU of each slot."""
    places: dict[str, int] = {}

    def admit(running: Sequence[Job], job: Job, slot: int) -> bool:
        gpu = gpu_of_slot[slot]
        beside = [known.get(kind_of(other.cell)) for other in running if places.get(other.cell.id) == gpu]
        if not fits(beside, known.get(kind_of(job.cell)), free_mib[gpu]):
            return False
        places[job.cell.id] = gpu
        return True

    return admit
