"""The same bits from the same cell: threads and kernels are fixed while it runs."""

from __future__ import annotations

import os
import warnings
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
    rounded = _rounding(False)  # fp32 is not 19 bits on a card
    try:
        with computing_on(count):
            yield
    finally:
        torch.set_deterministic_debug_mode(before)
        _rounding(rounded)
        memory.fill_uninitialized_memory = filled


def _rounding(allowed: bool) -> bool:
    """Set whether cuDNN may round what it multiplies to TF32, and return whether it might before."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch 2.9 has another name for it beside this one, which is known from 1.7 on
        before = torch.backends.cudnn.allow_tf32
        torch.backends.cudnn.allow_tf32 = allowed
    return before
