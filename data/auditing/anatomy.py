"""What a mask says of its structures: how large, where, in how many pieces, and whether edges of the image fit it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from data.auditing.subject import Grey, Labels, Opened
from data.orientation import Affine
from data.task import IGNORED

SIDE = 96  # pixels about which the longer side has where a mask is moved over its image
REACH = 12  # pixels of these by which it is moved at most
RING = 3  # pixels of these around a structure that are its surroundings
SLICES = 12  # of a structure
DISC = ndimage.generate_binary_structure(2, 2)[None]


@dataclass(frozen=True, eq=False)
class Anatomy:
    """Of a mask with k structures.

    sizes: (k,), voxels. volumes: (k,), in mm3 where the spacing is known, else voxels. centres: (k, 3), in the array's
    axes as shares of its sides; NaN where a structure is missing. places: (k, 3), mm (right, anterior, superior), None
    without an affine. whole: (k,), the share of a structure's voxels in its largest piece. centre, extent: (3,), of all
    structures together, as shares of the sides. contrasts: by structure and shift of the mask, how much brighter it is
    inside than around; without a shift in the middle. labeled: voxels that somebody labelled.
    """

    sizes: npt.NDArray[np.int64]
    volumes: npt.NDArray[np.float64]
    centres: npt.NDArray[np.float64]
    places: npt.NDArray[np.float64] | None
    whole: npt.NDArray[np.float64]
    centre: npt.NDArray[np.float64]
    extent: npt.NDArray[np.float64]
    contrasts: npt.NDArray[np.float64]
    labeled: int


def anatomy_of(case: Opened, mask: Labels, structures: int) -> Anatomy:
    """Return what a case's mask says of structures 1 to ``structures``."""
    sides = np.array(mask.shape)
    sizes = np.bincount(mask.ravel(), minlength=256)[1 : structures + 1].astype(np.int64)
    boxes = ndimage.find_objects(np.where(mask == IGNORED, 0, mask), max_label=structures)
    voxel = 1.0 if case.spacing is None else float(np.prod(case.spacing))
    centres, whole = np.full((structures, 3), np.nan), np.full(structures, np.nan)
    for k, box in enumerate(boxes):
        if box is not None:
            part = mask[box] == k + 1
            start = np.array([one.start for one in box])
            centres[k] = [*(start + np.array(ndimage.center_of_mass(part)) + 0.5)]
            whole[k] = _largest(part)
    places = None if case.affine is None else _placed(centres - 0.5, case.affine)
    inside = (mask > 0) & (mask != IGNORED)
    corners = _corners(inside)
    centre: npt.NDArray[np.float64] = np.full(3, np.nan) if corners is None else corners.mean(0) / sides
    extent: npt.NDArray[np.float64] = np.full(3, np.nan) if corners is None else (corners[1] - corners[0]) / sides
    contrasts = _contrasts(case.channels[0], mask, boxes)
    labeled = int((mask != IGNORED).sum())
    return Anatomy(
        sizes, sizes.astype(np.float64) * voxel, centres / sides, places, whole, centre, extent, contrasts, labeled
    )


def _placed(indices: npt.NDArray[np.float64], affine: Affine) -> npt.NDArray[np.float64]:
    found: npt.NDArray[np.float64] = indices @ affine[:3, :3].T + affine[:3, 3]
    return found


def _largest(part: npt.NDArray[np.bool_]) -> float:
    pieces, count = ndimage.label(part, np.ones((3, 3, 3)))
    return 1.0 if count == 1 else float(np.bincount(pieces.ravel())[1:].max() / part.sum())


def _corners(inside: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64] | None:
    """Return first and last voxel (exclusive) of what is inside, (2, 3)."""
    if not inside.any():
        return None
    spans = [np.flatnonzero(inside.any(axis=tuple({0, 1, 2} - {axis}))) for axis in range(3)]
    return np.array([[span[0] for span in spans], [span[-1] + 1 for span in spans]], float)


def _contrasts(image: Grey, mask: Labels, boxes: Sequence[tuple[slice, ...] | None]) -> npt.NDArray[np.float64]:
    """Return by structure and shift of the mask how much brighter it is inside than around: (k, shifts, shifts).

    In units of the image's spread, over a few slices, at a small scale; NaN where a structure is missing.
    """
    stride = max(1, round(max(image.shape[1:]) / SIDE))
    grey = np.nan_to_num(image)
    spread = float(grey.std()) or 1.0
    found = np.full((len(boxes), 2 * REACH + 1, 2 * REACH + 1), np.nan)
    for k, box in enumerate(boxes):
        if box is None:
            continue
        numbers = np.unique(np.linspace(box[0].start, box[0].stop - 1, SLICES + 2).round().astype(int)[1:-1])
        rows, columns = (_widened(side, length, stride) for side, length in zip(box[1:], image.shape[1:], strict=True))
        parts = mask[numbers][:, rows, columns][:, ::stride, ::stride]
        greys = grey[numbers][:, rows, columns][:, ::stride, ::stride]
        found[k] = _contrast(greys / spread, parts == k + 1)
    return found


def _contrast(grey: npt.NDArray[np.floating], part: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Return the mean inside a part less that of a ring around it, by shifts of the part (rows, columns)."""
    around = ndimage.binary_dilation(part, DISC, iterations=RING) & ~part
    inside, outside = int(part.sum()), int(around.sum())
    if not inside or not outside:
        return np.full((2 * REACH + 1,) * 2, np.nan)
    kernel = part / inside - around / outside
    shape = tuple(side + 2 * REACH for side in grey.shape[1:])
    edged = np.pad(grey, ((0, 0), (REACH, REACH), (REACH, REACH)), mode="edge")
    spectrum = np.fft.rfft2(edged, shape) * np.fft.rfft2(kernel, shape).conj()
    found: npt.NDArray[np.float64] = np.fft.irfft2(spectrum.sum(0), shape)[: 2 * REACH + 1, : 2 * REACH + 1]
    return found


def _widened(side: slice, length: int, stride: int) -> slice:
    reach = (REACH + RING) * stride
    return slice(max(0, side.start - reach), min(length, side.stop + reach))
