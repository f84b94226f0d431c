"""Which slices of two patients' cases are pictures of one thing: turned, mirrored, cropped, noisy, in other greys.

Patches around striking points are compared all at once, in blocks of matrix products; what fits is laid on the whole
slice there, and only what agrees over the whole overlap counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.auditing.look import Look
from data.auditing.pictures import REACH, Array

PATCH_ALIKE = 0.8  # correlation of two patches from which the slices are compared
KEPT = 3  # places that are tried for a patch
BLOCK = 512  # patches that are compared at once
OVERLAP = 0.5  # of the smaller slice, which a copy shows at least
BORDER = 2  # pixels at a slice's sides, where what lies beyond has a say
TURNS = 8


@dataclass(frozen=True)
class Match:
    """Two slices, by numbers of case and of small slice, and the correlation of their detail where they overlap."""

    one: int
    slice_of_one: int
    other: int
    slice_of_other: int
    alike: float


def turned(values: npt.NDArray[np.floating], turn: int) -> npt.NDArray[np.floating]:
    """Return (..., h, w) values under one of the eight ways to lay a square on itself; from 4 on mirrored first."""
    mirrored = values[..., ::-1] if turn >= 4 else values
    return np.rot90(mirrored, turn % 4, (-2, -1))


def matches(looks: Sequence[Look]) -> Iterator[Match]:
    """Yield the best match that each slice that is looked for has with each case of another patient."""
    library = _Library(looks)
    best: dict[tuple[int, int, int], Match] = {}
    for query, other, turn in library.candidates():
        found = _overlaid(looks, library.at[query], library.at[other], turn)
        key = (found.one, found.slice_of_one, found.other)
        if key not in best or best[key].alike < found.alike:
            best[key] = found
    yield from best.values()


class _Library:
    """All patches of some cases. at: (n, 4), their case, slice, row and column."""

    def __init__(self, looks: Sequence[Look]) -> None:
        seen = [(k, look.pictures) for k, look in enumerate(looks) if look.pictures is not None]
        number = {who: k for k, who in enumerate(dict.fromkeys(look.patient for look in looks))}
        width = (2 * REACH + 1) ** 2
        self.patches: Array = np.concatenate([np.empty((0, width), np.float32), *(one.patches for _, one in seen)])
        rows = [np.column_stack([np.full(len(one.spots), k), one.spots]) for k, one in seen]
        self.at: npt.NDArray[np.int64] = np.concatenate([np.empty((0, 4), np.int64), *rows])
        patients = np.array([number[look.patient] for look in looks], np.int64)
        self.patient = patients[self.at[:, 0]]
        asked = {(k, which) for k, one in seen for which in one.queries}
        self.queries = np.array([k for k, (case, which, *_) in enumerate(self.at) if (case, which) in asked], np.int64)

    def candidates(self) -> Iterator[tuple[int, int, int]]:
        """Yield a patch that is looked for, one of another patient that is like it, and how the first is turned."""
        side = 2 * REACH + 1
        for start in range(0, len(self.queries), BLOCK):
            rows = self.queries[start : start + BLOCK]
            square = self.patches[rows].reshape(-1, side, side)
            ways = [np.ascontiguousarray(turned(square, turn)).reshape(len(rows), -1) for turn in range(TURNS)]
            alike = np.abs(ways[0] @ self.patches.T)  # a picture in negative is the same picture
            for way in ways[1:]:
                fits = way @ self.patches.T
                np.maximum(alike, np.abs(fits, out=fits), out=alike)
            alike[self.patient[rows][:, None] == self.patient[None]] = -1
            found, others = np.nonzero(_strongest(alike))
            for row, other in zip(found.tolist(), others.tolist(), strict=True):
                turn = int(np.argmax([abs(way[row] @ self.patches[other]) for way in ways]))
                yield int(rows[row]), other, turn


def _strongest(alike: Array) -> npt.NDArray[np.bool_]:
    """Return of each row the few highest values that are high enough."""
    if alike.shape[1] <= KEPT:
        return alike >= PATCH_ALIKE
    few = np.argpartition(alike, -KEPT, axis=1)[:, -KEPT:]
    mask = np.zeros(alike.shape, bool)
    np.put_along_axis(mask, few, True, 1)
    return mask & (alike >= PATCH_ALIKE)


def _overlaid(looks: Sequence[Look], mine: npt.NDArray[np.int64], theirs: npt.NDArray[np.int64], turn: int) -> Match:
    """Return how alike two slices are, the first turned and laid so that the patches meet, give or take a pixel."""
    one, which, row, column = (int(value) for value in mine)
    other, where, down, right = (int(value) for value in theirs)
    first, second = _slice(looks[one], which), _slice(looks[other], where)
    row, column = _moved(row, column, first.shape, turn)
    moved = turned(first, turn)
    offset = (down - row, right - column)
    alike = _alike(moved, second, offset)
    if alike > 0.5:
        near = ((offset[0] + i, offset[1] + j) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j)
        alike = max(alike, *(_alike(moved, second, place) for place in near))
    return Match(one, which, other, where, alike)


def _slice(look: Look, which: int) -> Array:
    assert look.pictures is not None
    return look.pictures.slices[which].astype(np.float32)


def _moved(row: int, column: int, shape: tuple[int, ...], turn: int) -> tuple[int, int]:
    """Return where a pixel is after ``turned``."""
    height, width = shape
    if turn >= 4:
        column = width - 1 - column
    for _ in range(turn % 4):
        row, column = width - 1 - column, row
        height, width = width, height
    return row, column


def _alike(one: npt.NDArray[np.floating], other: Array, offset: tuple[int, int]) -> float:
    """Return the correlation of one slice, moved by an offset, with another where they overlap; 0 for too little."""
    spans = []
    for axis, shift in enumerate(offset):
        low, high = max(0, shift), min(other.shape[axis], one.shape[axis] + shift)
        spans.append((low + BORDER, high - BORDER, shift))
    area = 1
    for low, high, _ in spans:
        area *= max(0, high - low)
    if area < OVERLAP * min(_inner(one), _inner(other)) or area < 16:
        return 0.0
    mine = one[tuple(slice(low - shift, high - shift) for low, high, shift in spans)].ravel()
    theirs = other[tuple(slice(low, high) for low, high, _ in spans)].ravel()
    mine, theirs = mine - mine.mean(), theirs - theirs.mean()
    length = float(np.sqrt((mine @ mine) * (theirs @ theirs)))
    return abs(float(mine @ theirs)) / length if length > 1e-9 else 0.0


def _inner(values: npt.NDArray[np.floating]) -> int:
    height, width = (max(1, int(side) - 2 * BORDER) for side in values.shape)
    return height * width
