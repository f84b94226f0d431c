"""The memory a run holds: its peak is its own, not an earlier run's."""

from __future__ import annotations

import platform
import resource
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from benchmark.environment.memory import peak_memory_mib, reset_peak_memory, telling_of_memory
from benchmark.errors import RunError

CUDA = torch.device("cuda")
ROOT = Path(__file__).parents[3]
BLOCKS, MIB = 8, 64
FAULTS = f"""
import resource, sys, torch
from contextlib import nullcontext
from benchmark.environment.memory import PROC, keeping_freed_memory

def resident():
    line = next(line for line in (PROC / "status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) // 1024

way = {{"kept": keeping_freed_memory, "given": lambda device: nullcontext()}}[sys.argv[1]]
torch.set_num_threads(1)
torch.ones(1)
start = resident()
with way(torch.device("cpu")):
    for _ in range(2 * {BLOCKS}):
        torch.ones({MIB} * 2**18)  # glibc's heap takes some to settle
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range({BLOCKS}):
        torch.ones({MIB} * 2**18)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before, resident() - start)
print(resident() - start)
"""
needs_glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc's heap is told what to keep")


def test_a_gpus_peak_is_what_the_allocator_held_and_is_reset_once_there_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    happened: list[str] = []
    monkeypatch.setattr(torch.cuda, "init", lambda: happened.append("begun"))
    monkeypatch.setattr(torch.cuda, "reset_peak_memory_stats", lambda device: happened.append("reset"))
    monkeypatch.setattr(torch.cuda, "max_memory_reserved", lambda device: 3 * 2**30)
    reset_peak_memory(CUDA)
    assert happened == ["begun", "reset"]
    assert peak_memory_mib(CUDA) == 3072


@needs_glibc
def test_blocks_that_tensors_leave_are_taken_again_and_given_back_after() -> None:
    """No page is asked of the system again, where each tensor of as much would ask for all of its own."""
    pages = MIB * 2**20 // resource.getpagesize()
    (given, _, _), (kept, held, left) = faults("given"), faults("kept")
    assert given >= 0.9 * BLOCKS * pages
    assert kept < 0.1 * pages
    assert held > 0.9 * MIB
    assert left < 0.1 * MIB


def faults(way: str) -> list[int]:
    """Return the page faults of making tensors one after the other, and the MiB held then and after."""
    done = subprocess.run([sys.executable, "-c", FAULTS, way], cwd=ROOT, check=True, capture_output=True, text=True)
    return [int(number) for number in done.stdout.split()]


@pytest.mark.parametrize("spares", [False, True])
def test_too_little_memory_of_a_gpu_is_one_sentence_that_says_what_to_lower(
    spares: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What costs no number comes first, where it was not on."""
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (2**29, 16 * 2**30))
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "Some T4")
    words = (
        r"^out of memory on Some T4 \(16 GiB, 0\.5 GiB of them free\);"
        f"{' add --recompute .the same numbers in less memory and more time.,' if spares else ''}"
        r" lower --set pretrain_batch, contrast_batch or size, or run fewer cells at once on it$"
    )
    with pytest.raises(RunError, match=words), telling_of_memory(CUDA, ("pretrain_batch", "contrast_batch"), spares):
        raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")
