"""Test cases to look at: some slices of each as small pictures, with their reference; the same of all runs on one data.

What a run's headline made of them is in ``predictions/masks.npz``, which holds all slices.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

Volume = npt.NDArray[np.uint8]
Spacing = tuple[float, float, float]
Arrays = Mapping[str, npt.NDArray[Any]]

SLICES = 16
"""At most so many slices of a case; ACDC's have 6 to 17."""
TILES = 1024
"""At most so many of all cases of a run: about 10 MB."""
SIDE = 256
"""Pixels of a picture's longer side at most; masks keep their case's size."""
QUALITY = 75
"""Of the JPEG: a quarter of the bytes of a PNG, and no loss that an eye finds at this size."""
PARTS = ("slices", "total", "shape", "labels", "tiles", "ends", "spacing")


@dataclass(frozen=True)
class Pictured:
    """Slices of a case.

    slices: which these are, of ``total``. shape: height and width of the case. labels: the reference, compressed.
    tiles: a JPEG each, of at most SIDE pixels a side. spacing: mm of slice, row and column, None if unknown.
    """

    name: str
    slices: tuple[int, ...]
    total: int
    shape: tuple[int, int]
    labels: bytes
    tiles: tuple[bytes, ...]
    spacing: Spacing | None

    @classmethod
    def of(
        cls, name: str, numbers: Sequence[int], grey: Volume, reference: Volume, spacing: Spacing | None
    ) -> Pictured:
        """Return the numbered slices of a case, given as grey values (n, H, W), with the whole reference."""
        labels, (total, height, width) = zlib.compress(reference[numbers].tobytes()), reference.shape
        tiles = tuple(_encoded(one) for one in grey)
        return cls(name, tuple(numbers), total, (height, width), labels, tiles, spacing)

    @property
    def reference(self) -> Volume:
        """The reference (n, H, W) at the case's size, 255 where nobody labelled."""
        return np.frombuffer(zlib.decompress(self.labels), np.uint8).reshape(-1, *self.shape)

    def image(self) -> Volume:
        """Return the grey values (n, H, W), 0 to 255, at the case's size."""
        return np.stack([_decoded(tile, self.shape) for tile in self.tiles])

    def slices_of(self, mask: Volume) -> Volume | None:
        """Return a whole mask's slices (n, H, W) that are kept; None for one of another shape."""
        return mask[list(self.slices)] if mask.shape == (self.total, *self.shape) else None

    def fewer(self, count: int) -> Pictured:
        """Return so many of the slices, evenly; all where there are no more."""
        if count >= len(self.slices):
            return self
        places = _evenly(0, len(self.slices) - 1, count)
        labels = zlib.compress(self.reference[places].tobytes())
        slices = tuple(self.slices[place] for place in places)
        return replace(self, slices=slices, tiles=tuple(self.tiles[place] for place in places), labels=labels)


def chosen(reference: Volume) -> list[int]:
    """Return which slices are kept of a case (slices, H, W): all, or SLICES of them evenly.

    These go from the slice before the first that holds a structure to the one after the last, so that ends are seen.
    """
    first, last = 0, len(reference) - 1
    filled = [number for number, plane in enumerate(reference) if plane.any()]
    if len(reference) > SLICES and filled:
        first, last = max(first, filled[0] - 1), min(last, filled[-1] + 1)
    return _evenly(first, last, SLICES)


def bounded(cases: Sequence[Pictured]) -> list[Pictured]:
    """Return cases with no more than TILES slices together: fewer of each, then cases evenly."""
    if not cases:
        return []
    kept = [cases[place] for place in _evenly(0, len(cases) - 1, TILES)]
    return [case.fewer(TILES // len(kept)) for case in kept]


def packed(cases: Iterable[Pictured]) -> dict[str, npt.NDArray[Any]]:
    """Return cases as named arrays, a few each: ``NAME/slices``, ``NAME/tiles`` and so on."""
    arrays: dict[str, npt.NDArray[Any]] = {}
    for case in cases:
        ends = np.cumsum([len(tile) for tile in case.tiles], dtype=np.int64)
        tiles, labels = (np.frombuffer(content, np.uint8) for content in (b"".join(case.tiles), case.labels))
        values = (case.slices, case.total, case.shape, labels, tiles, ends, np.array(case.spacing or (), float))
        arrays |= {f"{case.name}/{part}": np.asarray(value) for part, value in zip(PARTS, values, strict=True)}
    return arrays


def unpacked(arrays: Arrays) -> dict[str, Pictured]:
    """Return the cases of named arrays by name."""
    names = [name.removesuffix("/slices") for name in arrays if name.endswith("/slices")]
    return {name: _unpacked(name, {part: arrays[f"{name}/{part}"] for part in PARTS}) for name in names}


def _unpacked(name: str, arrays: Arrays) -> Pictured:
    content, ends, spacing = arrays["tiles"].tobytes(), arrays["ends"].tolist(), arrays["spacing"].tolist()
    height, width = arrays["shape"].tolist()
    return Pictured(
        name,
        tuple(arrays["slices"].tolist()),
        int(arrays["total"]),
        (height, width),
        arrays["labels"].tobytes(),
        tuple(content[first:last] for first, last in zip([0, *ends], ends, strict=False)),
        (spacing[0], spacing[1], spacing[2]) if spacing else None,
    )


def _evenly(first: int, last: int, count: int) -> list[int]:
    """Return at most so many whole numbers from first to last, the middle one for one alone."""
    if count == 1:
        return [(first + last) // 2]
    return sorted({round(number) for number in np.linspace(first, last, min(count, last - first + 1)).tolist()})


def _encoded(grey: Volume) -> bytes:
    from PIL import Image

    picture, buffer = Image.fromarray(grey), io.BytesIO()
    picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    picture.save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()


def _decoded(tile: bytes, shape: tuple[int, int]) -> Volume:
    from PIL import Image

    with Image.open(io.BytesIO(tile)) as picture:
        return np.asarray(picture.resize((shape[1], shape[0]), Image.Resampling.BICUBIC))
