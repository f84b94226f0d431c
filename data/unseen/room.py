"""Arrays that are held in memory while they are small, and in a file otherwise."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

HELD = 1 << 26  # bytes of an array in memory


def room(shape: tuple[int, ...], dtype: npt.DTypeLike, scratch: Path) -> npt.NDArray[Any]:
    """Return an array of zeros; above HELD bytes it lies in a file in scratch, which goes with the folder."""
    if int(np.prod(shape)) * np.dtype(dtype).itemsize <= HELD:
        return np.zeros(shape, dtype)
    handle, name = tempfile.mkstemp(dir=scratch, suffix=".raw")
    os.close(handle)
    return np.memmap(name, dtype, "w+", shape=shape)
