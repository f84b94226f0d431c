"""What this machine can run at once: its cores on a CPU, its GPUs' memory otherwise."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from math import isnan, nan
from pathlib import Path

import torch

from benchmark.environment.device import device_of
from benchmark.environment.threads import VARIABLES
from benchmark.errors import RunError
from benchmark.launchers.job import Ended, Job
from benchmark.launchers.local import Patience, launch
from benchmark.launchers.packing import Packing, peaks
from results.store import Store

CELL_BYTES = 3 * 2**30  # room for a cell at preset quick: measured peaks are below 3 GiB
CELLS_A_GPU = 4  # slots that a GPU has at most by default; memory decides how many are filled
QUOTA = Path("/sys/fs/cgroup/cpu.max")  # Linux, cgroup v2: what a container may take, in microseconds a period


def on_this_machine(
    jobs: Sequence[Job],
    at_once: int | None,
    store: Store,
    patience: Patience,
    look: Callable[[Sequence[Job]], object],
) -> Ended:
    """Run jobs here. at_once: cells at once in all, None for as many as cores or GPU memory allow."""
    threads = max((job.threads for job in jobs), default=1)
    variables = dict.fromkeys(VARIABLES, str(threads))  # of libraries that would take each other's cores
    if not jobs or device_of(jobs[0].device).type != "cuda":
        slots = [variables] * slots_of(at_once, torch.device("cpu"), threads)
        yield from launch(jobs, slots, patience, look=look)
        return
    gpus = _gpus()
    count = at_once or min(CELLS_A_GPU * len(gpus), _by_cores(threads))
    gpu_of_slot = [list(gpus)[slot % len(gpus)] for slot in range(count)]
    slots = [{**variables, "CUDA_VISIBLE_DEVICES": gpus[gpu]} for gpu in gpu_of_slot]
    hardware = {torch.cuda.get_device_name(gpu) for gpu in gpus}
    recompute = any(job.pace.get("recompute", False) for job in jobs)
    known = peaks([loaded.record for loaded in store.whole_records()], hardware, recompute)
    packing = Packing(known, gpu_of_slot, _free_mib)
    for job, reason in launch(jobs, slots, patience, packing, look):
        if reason is None:
            packing.learn(peaks([store.load(job.id).record], hardware, recompute))
        yield job, reason


def slots_of(at_once: int | None, device: torch.device, threads: int = 1) -> int:
    """Return how many cells of so many threads this machine runs at once at most, 1 or more."""
    if at_once is not None:
        return at_once
    if device.type == "cuda":
        return min(CELLS_A_GPU * torch.cuda.device_count(), _by_cores(threads))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(1, min(_by_cores(threads), memory // CELL_BYTES))


def _by_cores(threads: int) -> int:
    """Return how many cells the cores take that this process may use."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, int(min(cores, _quota())) // threads)


def _quota() -> float:
    """Return the cores that a container may use, infinite where nothing says so."""
    try:
        quota, period = QUOTA.read_text(encoding="ascii").split()
        return float(quota) / float(period)
    except (OSError, ValueError):  # no such file; "max" is no number
        return float("inf")


def _gpus() -> Mapping[int, str]:
    """Return the GPUs that answer: torch's number of each and how CUDA_VISIBLE_DEVICES names it.

    CUDA takes that list up to the first name that no GPU has, such as -1; so does this.
    """
    named = [name.strip() for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name.strip()]
    count = torch.cuda.device_count()
    names = dict(enumerate(named[:count] or map(str, range(count))))
    silent = [number for number in names if isnan(_free_mib(number))]
    for number in silent:
        print(f"GPU {names.pop(number)} does not answer and is left out", file=sys.stderr)
    if not names:
        raise RunError("no GPU of this machine answers; see nvidia-smi, or use --device cpu")
    return names


def _free_mib(gpu: int) -> float:
    """Return a GPU's free memory, nan where it doesn't answer: it may come back, and other GPUs go on."""
    try:
        return float(torch.cuda.mem_get_info(gpu)[0]) / 2**20
    except RuntimeError:
        return nan
