"""The same bits from the same cell: threads and kernels are fixed while it runs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from benchmark.environment import compiler
from benchmark.environment.threads import computing_on
from benchmark.running.options import THREADS


@contextmanager
def deterministic(count: int = THREADS) -> Iterator[None]:
    """Fix the number of threads and the choice of kernels for a run, and give them back after it."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what torch asks for to make cuBLAS repeatable
    before = torch.get_deterministic_debug_mode()
    memory: Any = torch.utils.deterministic
    filled = memory.fill_uninitialized_memory
    compiler.leave_out()
    torch.set_deterministic_debug_mode("warn")  # use_deterministic_algorithms loads the compiler, 2 s a process
    memory.fill_uninitialized_memory = False  # a debugging aid that costs a tenth of a CPU update
    torch.backends.cudnn.benchmark = False
    rounded, torch.backends.cudnn.allow_tf32 = torch.backends.cudnn.allow_tf32, False  # fp32 is not 19 bits on a card
    try:
        with computing_on(count):
            yield
    finally:
        torch.set_deterministic_debug_mode(before)
        torch.backends.cudnn.allow_tf32 = rounded
        memory.fill_uninitialized_memory = filled
