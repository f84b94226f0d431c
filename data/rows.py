"""Rows of arrays in files, read as they are asked for: what a pool is made of where memory should not hold it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt
import torch
from torch import Tensor

from data.errors import DataError


@dataclass(frozen=True)
class Stored:
    """An array (count, *shape) that lies in a file from a byte on, row after row."""

    path: Path
    begins: int
    count: int
    shape: tuple[int, ...]
    dtype: torch.dtype

    def __len__(self) -> int:
        return self.count

    @property
    def row_bytes(self) -> int:
        """Bytes of a row."""
        return int(torch.Size(self.shape).numel()) * self.dtype.itemsize

    def whole(self) -> Tensor:
        """Return all rows (count, *shape)."""
        rows = torch.empty(self.count, *self.shape, dtype=self.dtype)
        self.read_into([(number, number) for number in range(self.count)], rows)
        return rows

    def read_into(self, wanted: Sequence[tuple[int, int]], rows: Tensor) -> None:
        """Put rows of the file into places of ``rows``: pairs of the row in the file and its place.

        DataError where the file is gone or shorter than it was.
        """
        try:
            file = os.open(self.path, os.O_RDONLY)
            try:
                for row, place in wanted:
                    _fill(file, _bytes(rows[place]), self.begins + row * self.row_bytes)
            finally:
                os.close(file)
        except OSError as error:
            raise DataError(
                f"{self.path} cannot be read ({error.strerror or error}), and this run takes its slices from it; leave "
                "prepared slices alone while anything runs on them, and start the same command again"
            ) from None


class Rows:
    """Rows of several arrays one after the other, gathered from their files when asked for, as a tensor's are.

    Nothing is held but where each row lies. Files are read at a place, and not through a mapping: what is mapped counts
    as memory of the process, and a mapped file that goes from a shared file system kills it without a word.
    """

    def __init__(self, parts: Sequence[Stored | Tensor], device: torch.device, lies: Tensor | None = None) -> None:
        """Take parts of one shape and type. lies: (N, 2) int64, part and row in it; None for all of all parts."""
        self.device, self._parts = device, tuple(parts)
        every = [torch.stack([torch.full((len(part),), k), torch.arange(len(part))], 1) for k, part in enumerate(parts)]
        self._lies = torch.cat(every) if lies is None else lies
        first = self._parts[0]
        self.dtype = first.dtype
        self.shape = torch.Size((len(self._lies), *(first.shape if isinstance(first, Stored) else first.shape[1:])))

    def __len__(self) -> int:
        return len(self._lies)

    def __getitem__(self, rows: Tensor | slice) -> Tensor:
        """Return some rows on the device: by numbers, by a mask, or a slice of them."""
        lies = self._lies[rows if isinstance(rows, slice) else rows.cpu()]
        gathered = torch.empty(len(lies), *self.shape[1:], dtype=self.dtype, pin_memory=self.device.type == "cuda")
        wanted: dict[int, list[tuple[int, int]]] = {}
        for place, (number, row) in enumerate(lies.tolist()):
            wanted.setdefault(number, []).append((row, place))
        for number, pairs in wanted.items():
            part = self._parts[number]
            if isinstance(part, Stored):
                part.read_into(pairs, gathered)
            else:
                gathered[[place for _, place in pairs]] = part[[row for row, _ in pairs]]
        return gathered.to(self.device, non_blocking=True)

    def where(self, rows: Tensor) -> Rows:
        """Return those rows, by numbers or by a mask, still in their files."""
        return Rows(self._parts, self.device, self._lies[rows.cpu()])

    def then(self, other: Rows | Tensor) -> Rows:
        """Return these rows and those of another behind them; a tensor's stay in memory, beside the device."""
        more = other if isinstance(other, Rows) else Rows([other.cpu()], self.device)
        shifted = more._lies + torch.tensor([len(self._parts), 0])
        return Rows((*self._parts, *more._parts), self.device, torch.cat([self._lies, shifted]))


def behind(first: Rows | Tensor, other: Rows | Tensor) -> Rows | Tensor:
    """Return the rows of one, then those of another, in memory where both are."""
    if isinstance(first, Tensor) and isinstance(other, Tensor):
        return torch.cat([first, other])
    return (first if isinstance(first, Rows) else Rows([first.cpu()], first.device)).then(other)


def _bytes(rows: Tensor) -> memoryview:
    values: npt.NDArray[Any] = rows.numpy()
    return memoryview(values).cast("B")  # type: ignore[arg-type]  # numpy before 2 does not say that it is a buffer


def _fill(file: int, room: memoryview, begins: int) -> None:
    while room:
        read = os.preadv(file, [room], begins)
        if not read:
            raise OSError("it ends before its rows do")
        room, begins = room[read:], begins + read
