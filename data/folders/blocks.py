"""Volumes in files, a few slices of training at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

from data.case import checked_grey
from data.folders.axes import Cut
from data.nifti import streamed_nifti
from data.orientation import Array
from data.stream import STEP, Grey

BACKWARD = 8 * STEP  # slices of a packed file that is read from its end: each block unpacks all that is before it


def blocks(path: Path, cut: Cut, count: int) -> Iterator[Grey]:
    """Yield a NIfTI file of ``count`` slices as float32 blocks of training, by a cut across the file's own slices."""
    backward = 0 in cut.turned
    step = BACKWARD if backward and path.name.lower().endswith(".gz") else STEP
    with streamed_nifti(path) as read:
        for first in range(0, count, step):
            last = min(first + step, count)
            yield from cut_blocks(read(count - last, count - first) if backward else read(first, last), cut)


def cut_blocks(values: Array, cut: Cut) -> Iterator[Grey]:
    """Yield slices that are held in their file's type as float32 blocks of training."""
    turned = cut.view(values)
    return (_grey(turned[first : first + STEP]) for first in range(0, len(turned), STEP))


def checked_blocks(made: Callable[[], Iterable[Grey]], name: str) -> Iterator[Grey]:
    """Yield the blocks of a case; DataError where a voxel of one is not finite."""
    return (checked_grey(block, name) for block in made())


def _grey(values: Array) -> Grey:
    with np.errstate(over="ignore", invalid="ignore"):  # what float32 can't hold is told by the check
        return np.ascontiguousarray(values).astype(np.float32)
