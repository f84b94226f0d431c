"""What this machine can run at once: its cores on a CPU, its GPUs' memory otherwise."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial

import torch

from benchmark.environment import device_of
from benchmark.launchers.job import Ended, Job
from benchmark.launchers.local import Patience, always, launch
from benchmark.launchers.packing import Packing, peaks
from results.store import Store

CELL_BYTES = 3 * 2**30  # room for a cell at preset quick: measured peaks are below 3 GiB
CELLS_A_GPU = 4  # slots that a GPU has at most by default; memory decides how many are filled
THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def on_this_machine(
    jobs: Sequence[Job],
    at_once: int | None,
    store: Store,
    patience: Patience,
    look: Callable[[Sequence[Job]], object],
) -> Ended:
    """Run jobs here. at_once: cells at once in all, None for as many as cores or GPU memory allow."""
    gpus = _gpus(jobs)
    if not gpus:
        slots = [_threads(jobs)] * slots_of(at_once, torch.device("cpu"))
        yield from launch(jobs, slots, patience, always, look)
        return
    count = slots_of(at_once, torch.device("cuda"))
    gpu_of_slot = [slot % len(gpus) for slot in range(count)]
    slots = [{**_threads(jobs), "CUDA_VISIBLE_DEVICES": gpus[gpu]} for gpu in gpu_of_slot]
    packing = Packing(peaks([loaded.record for loaded in store.records()]), gpu_of_slot, partial(_free_mib, len(gpus)))

    def look_at_all(running: Sequence[Job]) -> None:
        packing.look(running)
        look(running)

    for job, reason in launch(jobs, slots, patience, packing.admit, look_at_all):
        if reason is None:
            packing.ended(job, store.load(job.cell.id).record.peak_memory_mib)
        yield job, reason


def slots_of(at_once: int | None, device: torch.device) -> int:
    """Return how many cells this machine runs at once at most."""
    if at_once is not None:
        return at_once
    return _cores() if device.type == "cpu" else min(CELLS_A_GPU * torch.cuda.device_count(), os.cpu_count() or 1)


def _threads(jobs: Sequence[Job]) -> dict[str, str]:
    """Return what keeps the libraries of several jobs from taking each other's cores."""
    return dict.fromkeys(THREAD_VARIABLES, str(max((job.threads for job in jobs), default=1)))


def _cores() -> int:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    given = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(given, memory // CELL_BYTES))


def _gpus(jobs: Sequence[Job]) -> Sequence[str]:
    """Return the visible GPUs as CUDA_VISIBLE_DEVICES names them; none where cells run on the CPU."""
    if not jobs or device_of(jobs[0].device).type != "cuda":
        return ()
    named = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    names = [name.strip() for name in named.split(",") if name.strip()]
    return names or [str(number) for number in range(torch.cuda.device_count())]


def _free_mib(count: int) -> list[float]:
    return [torch.cuda.mem_get_info(number)[0] / 2**20 for number in range(count)]
