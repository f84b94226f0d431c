"""The memory a run holds: kept while it works, its peak, forgotten between runs, and what is given back."""

from __future__ import annotations

import ctypes
import gc
import resource
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import torch

from benchmark.errors import PassingError

PROC = Path("/proc/self")
TRIM_THRESHOLD, MMAP_MAX = -1, -4  # M_TRIM_THRESHOLD and M_MMAP_MAX of glibc's malloc.h, for mallopt(3)


@contextmanager
def keeping_freed_memory(device: torch.device) -> Iterator[None]:
    """Let blocks that tensors on the CPU leave be taken again while something runs, and give them back after it.

    Else glibc gives each block of 32 MB or more back to the system at once, which hands it out as new, cleared pages:
    some 300,000 page faults an update at 256 x 256. Nothing on a GPU, whose allocator keeps its own, and where the C
    library has no mallopt.
    """
    if device.type == "cpu":
        _ask_malloc("mallopt", TRIM_THRESHOLD, -1)  # never give back by itself
        _ask_malloc("mallopt", MMAP_MAX, 0)  # and map no block on its own
    try:
        yield
    finally:
        if device.type == "cpu":
            _ask_malloc("malloc_trim", 0)


def reset_peak_memory(device: torch.device) -> None:
    """Forget earlier peaks, so that a process's second cell doesn't report its first one's.

    The blocks that the first one's tensors left are given back too. Where the system can't (no /proc), the peak stays
    that of the whole process.
    """
    if device.type == "cuda":
        torch.cuda.init()  # type: ignore[no-untyped-call]  # before it there is no allocator whose peak could be reset
        give_back_memory()
        torch.cuda.reset_peak_memory_stats(device)
        return
    _ask_malloc("malloc_trim", 0)
    with suppress(OSError):
        # Linux, proc_pid_clear_refs(5): 5 resets the peak resident size
        (PROC / "clear_refs").write_text("5", encoding="ascii")


@contextmanager
def telling_of_memory(device: torch.device, batches: Sequence[str], spares: bool = False) -> Iterator[None]:
    """Turn a GPU's error that it is out of memory into a PassingError of one sentence that says what to lower.

    batches: the fields that say how many slices an update has. spares: whether training with --recompute, which changes
    no number as they do, would take less.
    """
    try:
        yield
    except torch.cuda.OutOfMemoryError:
        free, whole = (part / 2**30 for part in torch.cuda.mem_get_info())
        first = "add --recompute (the same numbers in less memory and more time), " if spares else ""
        raise PassingError(
            f"out of memory on {torch.cuda.get_device_name(device)} ({whole:.0f} GiB, {free:.1f} GiB of them free);"
            f" {first}lower --set {', '.join(batches)} or size, or run fewer cells at once on it"
        ) from None


def give_back_memory() -> None:
    """Give a GPU back what this process's last cell left in the allocator, for cells of other processes.

    Nothing where the process has not used a GPU.
    """
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        gc.collect()
        torch.cuda.empty_cache()


def peak_memory_mib(device: torch.device) -> float:
    """Return peak memory in MiB since the last reset: the device's where it has its own, else resident memory.

    A device's is what torch's allocator held of it (reserved), which other processes can't have, whether tensors
    filled it or not; the process's CUDA context comes beside it.
    Older records of a GPU tell of the tensors alone.
    """
    if device.type == "cuda":
        return torch.cuda.max_memory_reserved(device) / 2**20
    if (PROC / "status").exists():
        lines = (PROC / "status").read_text(encoding="utf-8").splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 2**10
    kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kib / (2**20 if sys.platform == "darwin" else 2**10)


def _ask_malloc(function: str, *values: int) -> None:
    """Call one of glibc's functions about its heap; nothing where the C library has none such."""
    with suppress(AttributeError):
        getattr(ctypes.CDLL(None), function)(*values)
