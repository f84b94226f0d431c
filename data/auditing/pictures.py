"""Small pictures of a case by which copies of it are known: its slices without their broad shading, and a thumbnail."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from data.auditing.subject import Grey

Array = npt.NDArray[np.float32]
SIDE = 96  # pixels about which the longer side of a small slice has
MOST_SLICES = 64  # of a case
QUERIES = 5  # slices of a case that are looked for elsewhere
PATCHES = 5  # of a slice
REACH = 4  # pixels from the middle of a patch to its side
FINE, BROAD = 1.0, 3.0  # pixels of small slices, between which the detail lies that is compared
THUMBNAIL = {2: 24, 3: 12}  # voxels a side, of slices and of volumes


@dataclass(frozen=True, eq=False)
class Pictures:
    """What copies are known by.

    slices: float16, each of detail only. patches: (n, side * side), normalised, from around a slice's most striking
    points; spots: (n, 3), their slice, row and column. queries: numbers of slices in the middle. thumbnail: a square or
    cube of all of the case, float32.
    """

    slices: tuple[npt.NDArray[np.float16], ...]
    patches: Array
    spots: npt.NDArray[np.int32]
    queries: tuple[int, ...]
    thumbnail: Array


def stride_for(shape: tuple[int, ...]) -> int:
    """Return by how much slices are made smaller, one number for all of a set: crops keep their pixels' size."""
    return max(1, round(max(shape[-2:]) / SIDE))


def pictures_of(image: Grey, stride: int) -> Pictures:
    """Return small pictures of an image (slices, height, width) without NaN; stride: of ``stride_for``."""
    step = -(-len(image) // MOST_SLICES)
    scale = float(np.abs(image).max()) or 1.0
    slices = [_detail(one / scale, stride) for one in image[::step]]
    found = [_patches(one) for one in slices]
    spots = [np.column_stack([np.full(len(at), k), at]) for k, (at, _) in enumerate(found)]
    rich = [k for k, (at, _) in enumerate(found) if len(at)]
    chosen = {round(place) for place in np.linspace(0, len(rich) - 1, QUERIES + 2)[1:-1].tolist()} if rich else set()
    return Pictures(
        tuple(one.astype(np.float16) for one in slices),
        np.concatenate([patches for _, patches in found]).astype(np.float32),
        np.concatenate(spots).astype(np.int32),
        tuple(rich[k] for k in sorted(chosen)),
        thumbnail_of(image / scale),
    )


def thumbnail_of(image: Grey) -> Array:
    """Return an image brought to a square (of one slice) or cube, its broad shading taken off, normalised."""
    box = image[0] if len(image) == 1 else image
    side = THUMBNAIL[box.ndim]
    for axis, length in enumerate(box.shape):
        box = _resized(box, axis, length, side)
    detail = box - ndimage.gaussian_filter(box, side / 4, mode="nearest")
    return normalised(detail.reshape(1, -1)).reshape(detail.shape)


def normalised(rows: npt.NDArray[np.floating]) -> Array:
    """Return rows of mean 0 and length 1; a constant row is all 0."""
    centred = rows - rows.mean(1, keepdims=True)
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    found: Array = (centred / np.where(length > 1e-9, length, np.inf)).astype(np.float32)
    return found


def _resized(box: Grey, axis: int, length: int, side: int) -> Grey:
    """Return a box whose axis has ``side`` voxels, each the mean of what it covers."""
    edges = np.linspace(0, length, side + 1)
    sums = np.concatenate([np.zeros_like(box.take([0], axis), np.float64), box.cumsum(axis, np.float64)], axis)
    low = np.floor(edges).astype(int)
    share = (edges - low).reshape([-1 if k == axis else 1 for k in range(box.ndim)])
    at = sums.take(low, axis) * (1 - share) + sums.take(np.minimum(low + 1, length), axis) * share
    found: Grey = (np.diff(at, axis=axis) * side / length).astype(np.float32)
    return found


def _detail(one: Grey, stride: int) -> Array:
    fine = ndimage.gaussian_filter(one, FINE * stride, mode="nearest", truncate=3)[::stride, ::stride]
    found: Array = (fine - ndimage.gaussian_filter(fine, BROAD, mode="nearest", truncate=3)).astype(np.float32)
    return found


def _patches(detail: Array) -> tuple[npt.NDArray[np.intp], Array]:
    """Return the places of a slice's most striking points, and the normalised patches around them."""
    width = 2 * REACH + 1
    if min(detail.shape) < width:
        return np.empty((0, 2), np.intp), np.empty((0, width * width), np.float32)
    strength = ndimage.gaussian_filter(np.abs(detail), 1.5, mode="nearest", truncate=3)
    peaks = strength == ndimage.maximum_filter(strength, size=2 * REACH - 1, mode="nearest")
    inside = np.zeros_like(peaks)
    inside[REACH : peaks.shape[0] - REACH, REACH : peaks.shape[1] - REACH] = True
    at = np.argwhere(peaks & inside & (strength > 1e-6))
    order = np.argsort(-strength[tuple(at.T)], kind="stable")[:PATCHES]
    at = at[order]
    rows = [detail[r - REACH : r + REACH + 1, c - REACH : c + REACH + 1].ravel() for r, c in at]
    return at, normalised(np.array(rows).reshape(-1, width * width))
