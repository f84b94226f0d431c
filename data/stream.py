"""A case that is read a few slices at a time, for those who hold no volume."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.case import Case

STEP = 16  # slices of a block

Grey = npt.NDArray[np.float32]
Labels = npt.NDArray[np.uint8]


class Packed:
    """A mask that is held packed, since as it is it takes a quarter of its image, of which no more is held."""

    def __init__(self, labels: Labels) -> None:
        self.shape = labels.shape
        self._planes = [zlib.compress(np.ascontiguousarray(plane).data, 1) for plane in labels]

    def __getitem__(self, slices: slice) -> Labels:
        """Return some slices."""
        planes = self._planes[slices]
        values = bytearray().join(map(zlib.decompress, planes))
        return np.frombuffer(values, np.uint8).reshape(len(planes), *self.shape[1:])


@dataclass(frozen=True, eq=False)
class Stream:
    """A case as training has it (``data.case.Case``), checked as it is read.

    shape: (slices, height, width). grey: yields the float32 blocks (k, height, width) of a channel, in order. labels:
    returns the mask, whole, or None where there is none. Each may be called once after the other; DataError as of who
    reads the case whole.
    """

    name: str
    shape: tuple[int, int, int]
    spacing: tuple[float, float, float] | None
    channels: int
    grey: Callable[[int], Iterator[Grey]]
    labels: Callable[[], Labels | None]


def stream_of(case: Case) -> Stream:
    """Return a case that is held already as a stream of it."""
    count, height, width = case.image.shape

    def grey(channel: int) -> Iterator[Grey]:
        return (case.channels[channel][first : first + STEP] for first in range(0, count, STEP))

    return Stream(case.name, (count, height, width), case.spacing, len(case.channels), grey, lambda: case.mask)
