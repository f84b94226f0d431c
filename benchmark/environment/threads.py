"""The CPU threads of a cell: torch's own, and those of the linear algebra behind numpy and scipy."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from threadpoolctl import threadpool_limits

VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
"""What OpenMP, MKL and OpenBLAS read once, as they are loaded."""


@contextmanager
def computing_on(count: int) -> Iterator[None]:
    """Let torch, numpy and scipy use so many CPU threads meanwhile, and give them back after it.

    Whatever the process was started with, since sums depend on how they are split. What is loaded already is told, what
    is loaded meanwhile reads the variables.
    """
    threads, told = torch.get_num_threads(), {name: os.environ.get(name) for name in VARIABLES}
    torch.set_num_threads(count)
    os.environ.update(dict.fromkeys(VARIABLES, str(count)))
    try:
        with threadpool_limits(count, user_api="blas"):
            yield
    finally:
        torch.set_num_threads(threads)
        for name, value in told.items():
            os.environ.pop(name, None) if value is None else os.environ.__setitem__(name, value)
