"""CPU seconds of this thread, and how many of them are oneDNN's convolutions, forward and backward."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode


class Convolutions(TorchDispatchMode):
    """Adds up the CPU seconds in convolutions while it is entered, those of backward passes among them.

    torch.profiler would tell of wall seconds, in which is whatever else the machine does.
    """

    seconds = 0.0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if "convolution" not in func.name():
            return func(*args, **(kwargs or {}))
        start = time.thread_time()
        found = func(*args, **(kwargs or {}))
        self.seconds += time.thread_time() - start
        return found


def cpu_seconds(run: Callable[[], object]) -> float:
    """Return the CPU seconds of a call."""
    start = time.process_time()
    run()
    return time.process_time() - start


def in_convolutions(run: Callable[[], object]) -> float:
    """Return the CPU seconds of a call's convolutions."""
    with Convolutions() as convolutions:
        run()
    return convolutions.seconds
