"""Cells on this machine, one process a job."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from benchmark.cell import Cell


@dataclass(frozen=True)
class Job:
    """A cell and where it is run and kept."""

    cell: Cell
    data_root: Path | None
    out: Path
    device: str
    threads: int


def launch(jobs: Sequence[Job], slots: int) -> Iterator[tuple[Job, str | None]]:
    """Run jobs, ``slots`` at once, and yield each as it ends with None or the reason of its failure.

    A failing cell does not stop the others. One slot runs them in this process.
    """
    if slots == 1:
        yield from ((job, _attempt(job)) for job in jobs)
        return
    with ProcessPoolExecutor(slots, mp_context=multiprocessing.get_context("spawn")) as pool:
        running = {pool.submit(_attempt, job): job for job in jobs}
        for future in as_completed(running):
            error = future.exception()
            yield running[future], future.result() if error is None else f"its process ended: {error}"


def _attempt(job: Job) -> str | None:
    from benchmark.environment import device_of
    from benchmark.errors import REPORTED
    from benchmark.execution import Options, run_cell
    from data.catalog import find
    from results.store import Store

    try:
        source = find(job.cell.dataset, job.data_root)
        run_cell(job.cell, source, Store(job.out), Options(device_of(job.device), threads=job.threads))
    except (*REPORTED, RuntimeError, MemoryError, OSError) as error:
        return f"{type(error).__name__}: {error}"
    return None


Launcher = Callable[[Sequence[Job], int], Iterator[tuple[Job, str | None]]]
