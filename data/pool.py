"""All slices of some cases, resized and scaled once: held on the device, or read from files as they are asked for."""

from __future__ import annotations

import math
import mmap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from data.case import Case
from data.grid import Grid, resized
from data.rows import Rows, Stored, behind
from data.task import IGNORED

__all__ = ["AT_ONCE", "Grid", "Layers", "Pool", "build_pool"]

AT_ONCE = 16  # slices of a large volume that are scaled and resized at once
CHUNK = 256  # masks that are looked at together
LARGE = 2**30
"""Bytes from which on a pool of prepared slices is read from files, and not held. All of ACDC is a third of it."""
Layers = Tensor | Rows
"""A row a slice: in memory on the device, or in files."""


@dataclass(frozen=True, eq=False)
class Pool:
    """Slices of several volumes in a row.

    images: (N, C, S, S) float32 in [0, 1], or about it where resized ``cubic``. masks: (N, S, S) uint8, or None where
    they must not be seen. case: (N,) int64, which volume. position: (N,) float32 in [0, 1] along the volume. names:
    volume names. stretch: (N,) stored height over stored width, None where all were stored square, or keep their shape.
    partial: whether masks may hold IGNORED.
    """

    images: Layers
    masks: Layers | None
    case: Tensor
    position: Tensor
    names: tuple[str, ...]
    stretch: Tensor | None = None
    partial: bool = False

    def __len__(self) -> int:
        return int(self.images.shape[0])

    def rows(self, volume: int) -> Tensor:
        """Return the (n, C, S, S) images of one volume."""
        return self.images[self.case.to("cpu") == volume]

    def take(self, rows: Tensor) -> Taken:
        """Return some slices by their numbers, which are on the CPU, on the device."""
        there = _on(self.images.device, rows)
        images, masks, stretch = (_taken(part, rows, there) for part in (self.images, self.masks, self.stretch))
        assert images is not None
        return Taken(images, masks, stretch, self.case[there], self.position[there])

    def labeled(self) -> Pool:
        """Return the slices of which any pixel is labelled."""
        return self if self.masks is None or not self.partial else self._where(~self._bare(self.masks))

    def unlabeled(self) -> Pool:
        """Return the slices of which no pixel is labelled, without masks."""
        if self.masks is None:
            return self
        return replace(self._where(self._bare(self.masks)), masks=None, partial=False)

    def and_of(self, other: Pool) -> Pool:
        """Return the slices of this pool, then those of another; neither has masks."""
        if not len(other):
            return self
        stretch = None if self.stretch is None or other.stretch is None else torch.cat([self.stretch, other.stretch])
        return Pool(
            behind(self.images, other.images),
            None,
            torch.cat([self.case, other.case + len(self.names)]),
            torch.cat([self.position, other.position]),
            self.names + other.names,
            stretch,
        )

    def _bare(self, masks: Layers) -> Tensor:
        chunks = (masks[first : first + CHUNK] for first in range(0, max(1, len(masks)), CHUNK))
        return torch.cat([(chunk == IGNORED).flatten(1).all(1) for chunk in chunks])

    def _where(self, rows: Tensor) -> Pool:
        masks, stretch = (None if part is None else _chosen(part, rows) for part in (self.masks, self.stretch))
        assert not isinstance(stretch, Rows)
        parts = _chosen(self.images, rows), masks, self.case[rows], self.position[rows]
        return Pool(*parts, self.names, stretch, self.partial)


class Taken(NamedTuple):
    """Slices of a pool on its device, in the order that was asked for; as the pool has them."""

    images: Tensor
    masks: Tensor | None
    stretch: Tensor | None
    case: Tensor
    position: Tensor


def _on(device: torch.device, rows: Tensor) -> Tensor:
    """Return numbers on a device, copied there from memory that no update need wait for."""
    return rows.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else rows.to(device)


def _taken(part: Layers | None, rows: Tensor, there: Tensor) -> Tensor | None:
    """Return rows of what lies on the device by numbers that are there, of what lies in files by those on the CPU."""
    return None if part is None else part[rows if isinstance(part, Rows) else there]


def _chosen(part: Layers, rows: Tensor) -> Layers:
    return part.where(rows) if isinstance(part, Rows) else part[rows]


class Fitted(NamedTuple):
    """A case on a grid: slices (n, C, S, S), masks (n, S, S) or None, and stored height over stored width.

    partial: whether any pixel of the masks is IGNORED.
    """

    name: str
    grey: Tensor | Stored
    mask: Tensor | Stored | None
    stretch: float
    partial: bool


def build_pool(cases: Iterable[Case], grid: Grid, device: torch.device) -> Pool:
    """Return the slices of cases on a grid, of which one is held at a time; masks only if every case has one."""
    return pool_of(list(map(partial(fitted, grid), cases)), grid, device)


def pool_of(cases: list[Fitted], grid: Grid, device: torch.device) -> Pool:
    """Return a pool of cases on a grid, and clear their list; in files stays what is all there and LARGE together."""
    slices = torch.tensor([len(one.grey) for one in cases], dtype=torch.int64)
    along = [torch.linspace(0, 1, count) if count > 1 else torch.full((1,), 0.5) for count in slices.tolist()]
    names, stretch = tuple(one.name for one in cases), torch.tensor([one.stretch for one in cases])
    known = [one.mask for one in cases if one.mask is not None]
    images, has_masks, partly = [one.grey for one in cases], len(known) == len(cases), any(one.partial for one in cases)
    cases.clear()  # for ``_joined`` lets go what it has put into its row
    bare = torch.empty(0, max(1, len(grid.windows)), grid.size, grid.size)
    put = _joined if not _are_large([*images, *known]) else _in_files
    return Pool(
        put(images, bare, device),
        put(known, bare[:, 0].to(torch.uint8), device) if has_masks else None,
        torch.repeat_interleave(torch.arange(len(names)), slices).to(device),
        torch.cat(along or [torch.empty(0)]).to(device),
        names,
        stretch.repeat_interleave(slices).to(device),
        partly,
    )


def fitted(grid: Grid, case: Case) -> Fitted:
    """Return a case on a grid; with stated windows a few slices are made at a time, so that none is held twice."""
    count, stretch = len(case.image), stretch_of(grid, (case.image.shape[1], case.image.shape[2]))
    grey = _aside((count, len(case.channels), grid.size, grid.size), torch.float32)
    mask = None if case.mask is None else _aside((count, grid.size, grid.size), torch.uint8)
    step = AT_ONCE if grid.is_stated else max(1, count)
    for first in range(0, count, step):
        some = slice(first, first + step)
        image, *more = (channel[some] for channel in case.channels)
        labels = None if case.mask is None else case.mask[some]
        grey[some], labels_on_grid = resized(replace(case, image=image, mask=labels, more=tuple(more)), grid)
        if mask is not None and labels_on_grid is not None:
            mask[some] = labels_on_grid
    return Fitted(case.name, grey, mask, stretch, mask is not None and bool((mask == IGNORED).any()))


def stretch_of(grid: Grid, stored: tuple[int, int]) -> float:
    """Return how many times as high as wide a slice was stored that is square on a grid; 1 where it keeps its shape."""
    return stored[0] / stored[1] if grid.fit == "stretch" else 1.0


def _aside(shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
    """Return room that is given back as it is let go; what malloc gives it may be told to keep."""
    room = mmap.mmap(-1, max(1, math.prod(shape) * dtype.itemsize))
    return torch.frombuffer(room, dtype=dtype, count=math.prod(shape)).view(shape)


def _are_large(parts: Sequence[Tensor | Stored]) -> bool:
    """Return whether all parts lie in files and are too large to be held together."""
    stored = [part for part in parts if isinstance(part, Stored)]
    return len(stored) == len(parts) and sum(len(part) * part.row_bytes for part in stored) > LARGE


def _in_files(parts: list[Tensor | Stored], empty: Tensor, device: torch.device) -> Rows:
    return Rows(parts, device)


def _joined(parts: list[Tensor | Stored], empty: Tensor, device: torch.device) -> Tensor:
    """Return parts in a row on a device; each is let go once it is there, so that a pool is held once."""
    if not parts:
        return empty.to(device)
    rows = torch.empty(sum(map(len, parts)), *empty.shape[1:], dtype=parts[0].dtype, device=device)
    for room in torch.split(rows, [len(part) for part in parts]):
        part = parts.pop(0)
        room.copy_(part if isinstance(part, Tensor) else part.whole())
    return rows
