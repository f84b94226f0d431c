"""Making a shard: a case is streamed once, onto the grid and into its digest; what is whole is renamed into place."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from functools import partial
from math import prod
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt
from torch import Tensor

from data.case import Case
from data.content import ImageDigest, Known, mask_digest
from data.digest_cache import Digest
from data.extremes import Blocks, extremes
from data.grid import Grid, resized
from data.pool import stretch_of
from data.preparing.aside import writing
from data.preparing.shard import Seal, Shard, checksum, is_whole, shard_of, written
from data.stream import Packed, Stream
from data.task import IGNORED
from data.writing import write_text

MOST_HELD = 1 << 26  # voxels of a channel, of 4 bytes each, that is held to be gone through again and not read again
Part = tuple[int, int, Tensor, Tensor | None]
"""A channel, the number of a first slice, slices (k, 1, S, S) from there on, and with the first channel their masks."""


def make(stream: Stream, patient: str, reading: str, grid: Grid, mine: Path) -> tuple[Digest, int]:
    """Write the shard of a case, and return what the case holds and the bytes that were written, 0 where it was there.

    mine: a folder aside, in the grid's, in which files grow until they are whole. DataError where the case can't be
    read; PlaceError where the shard can't be written, and nothing is left of it.
    """
    count, size = stream.shape[0], grid.size
    digest, (labels, masked) = ImageDigest(stream.shape, stream.spacing), _packed(stream)
    with ExitStack() as files:
        images = files.enter_context(_Array(mine / "images.npy", (count, stream.channels, size, size), "<f4"))
        shape, partial = (count, size, size), False
        masks = None if labels is None else files.enter_context(_Array(mine / "masks.npy", shape, "u1"))
        for channel, first, grey, mask in _on_grid(stream, grid, labels, digest):
            images.put(first, grey.numpy()[:, 0], channel)
            if masks is not None and mask is not None:
                masks.put(first, mask.numpy())
                partial |= bool((mask == IGNORED).any())
        found = Digest(digest.digits(), masked)
        shard = shard_of(mine.parent, Known(stream.name, patient, found, reading), grid)
        stretch = stretch_of(grid, (stream.shape[1], stream.shape[2]))
        sums = images.end(), None if masks is None else masks.end()
        seal = Seal(stream.name, (count, stream.channels, size, size), stretch, partial, *sums)
        if is_whole(shard, seal):
            return found, 0
        _settle(shard, seal, images, masks)
    return found, images.bytes + (0 if masks is None else masks.bytes)


def _packed(stream: Stream) -> tuple[Packed | None, str]:
    """Return the mask of a case, None where it has none, and its digest; no more of it is held."""
    labels = stream.labels()
    return None if labels is None else Packed(labels), mask_digest(labels)


def _on_grid(stream: Stream, grid: Grid, labels: Packed | None, digest: ImageDigest) -> Iterator[Part]:
    """Yield a case's slices on a grid as they come; what each volume is scaled by is told before, of its own blocks."""
    for channel, window in enumerate(grid.windows or (None,) * stream.channels):
        blocks: Blocks = partial(stream.grey, channel)
        if window is None:
            if prod(stream.shape) <= MOST_HELD:
                blocks = list(blocks()).__iter__
            window = extremes(blocks, grid.scaling)
        alone, first = Grid(grid.size, grid.scaling, grid.resizing, (window,), grid.fit), 0
        for grey in blocks():
            digest.add(grey)
            mask = None if labels is None or channel else labels[first : first + len(grey)]
            yield channel, first, *resized(Case(stream.name, "", grey, mask, None), alone)
            first += len(grey)


class _Array:
    """An array that is written row by row into a file of NumPy's form, in any order."""

    def __init__(self, path: Path, shape: tuple[int, ...], kind: str) -> None:
        self.path, self._dtype = path, np.dtype(kind)
        self._row = int(np.prod(shape[1:])) * self._dtype.itemsize
        self._layer = int(np.prod(shape[-2:])) * self._dtype.itemsize
        with writing(path.parent):
            self._file: IO[bytes] = path.open("wb")
            header = {"descr": self._dtype.str, "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(self._file, header)
            self._begins = self._file.tell()
        self.bytes = self._begins + shape[0] * self._row

    def put(self, first: int, layers: npt.NDArray[np.generic], channel: int = 0) -> None:
        """Write layers (k, S, S) as a channel of the rows from a first one on."""
        values = np.ascontiguousarray(layers, self._dtype)
        with writing(self.path.parent):
            if self._layer == self._row:
                self._file.seek(self._begins + first * self._row)
                self._file.write(values.data)
                return
            for number, layer in enumerate(values, first):
                self._file.seek(self._begins + number * self._row + channel * self._layer)
                self._file.write(layer.data)

    def end(self) -> str:
        """Bring the file to disk and return its checksum."""
        with writing(self.path.parent):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            return checksum(self.path)

    def __enter__(self) -> _Array:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # what a full disk did not take is said before
            self._file.close()


def _settle(shard: Shard, seal: Seal, images: _Array, masks: _Array | None) -> None:
    """Rename the files to their shard's names, and seal them; what no seal tells of goes where that fails."""
    try:
        with writing(shard.folder):
            images.path.replace(shard.images)
            if masks is not None:
                masks.path.replace(shard.masks)
            write_text(shard.seal, written(seal))
    finally:
        if not shard.seal.exists():
            with suppress(OSError):
                shard.images.unlink(missing_ok=True)
                shard.masks.unlink(missing_ok=True)
