"""What a sweep costs beyond its cells: 200 on the phantom in smoke size, one at a time.

Cells and sweep are timed in one run, so that what else the machine does is in both: a cell from the making of its lock
file, its first act, to that of its ``record.json``, its last but for clearing up. All else is the sweep's.
"""

from __future__ import annotations

import time
from pathlib import Path

from benchmark.cells.cell import Wish, resolve_cell
from benchmark.launchers.job import Job
from benchmark.launchers.local import launch
from data.catalog import find
from results.claims import lock_of

CELLS = 200
PROMISED = 1.05


def test_a_sweep_costs_little_more_than_its_cells(benchmark, tmp_path: Path) -> None:
    source = find("phantom")
    wishes = (Wish(method="supervised", preset="smoke", labeled=2, seed=seed) for seed in range(CELLS))
    jobs = [Job(resolve_cell(wish, source, "cpu"), None, tmp_path, "cpu", 1) for wish in wishes]

    def sweep() -> list[str | None]:
        return [reason for _, reason in launch(jobs, [{"OMP_NUM_THREADS": "1"}])]

    begin = time.perf_counter()
    assert benchmark.pedantic(sweep, rounds=1) == [None] * CELLS
    taken = time.perf_counter() - begin
    cells = sum(seconds_of(job) for job in jobs)
    benchmark.extra_info["times the cells alone"] = taken / cells
    print(f"{taken:.1f} s for {CELLS} cells, {cells:.1f} s of it in them: {taken / cells:.3f} times")
    assert taken < PROMISED * cells


def seconds_of(job: Job) -> float:
    """Return how long a cell that ran once had its process."""
    return (job.folder / "record.json").stat().st_mtime - lock_of(job.out, job.id).stat().st_mtime
