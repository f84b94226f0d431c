"""Which axis a folder's volumes are cut across, and the way there and back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data.errors import DataError
from data.orientation import COARSE, Affine, Array, Place

NAMES = ("slices", "rows", "columns")


@dataclass(frozen=True)
class Cut:
    """Brings one of a file's axes (slices, rows, columns) to the front; the others keep their order."""

    axis: int

    def apply(self, values: Array) -> Array:
        """Return an array (slices, H, W) of one in the file's order."""
        return np.ascontiguousarray(np.moveaxis(values, self.axis, 0))

    def undo(self, values: Array) -> Array:
        """Return an array in the file's order of one (slices, H, W)."""
        return np.ascontiguousarray(np.moveaxis(values, 0, self.axis))

    def of_place(self, place: Place) -> tuple[tuple[float, float, float] | None, Affine | None]:
        """Return spacing (slice, row, column) in mm and the affine of what is cut."""
        order = [self.axis, *(axis for axis in range(3) if axis != self.axis)]
        affine = None if place.affine is None else place.affine[:, [*order, 3]]
        if place.spacing is None:
            return None, affine
        first, second, third = (float(place.spacing[axis]) for axis in order)
        return (first, second, third), affine


def coarsest(places: Sequence[Place]) -> tuple[int, str]:
    """Return the axis along which most volumes' voxels are longest, and why, in words.

    Where voxels are as long as they are wide it is the one that runs from feet to head, as axial slices do, where most
    files say which that is; else the first.
    """
    axes = Counter(_coarse(place) for place in places)
    axis, count = axes.most_common(1)[0]
    sizes = _sizes(places)
    if axis is not None:
        return axis, f"cut across the {NAMES[axis]}, the coarsest axis of {count} of {len(places)} volumes{sizes}"
    upward = Counter(_upward(place) for place in places)
    axis, count = upward.most_common(1)[0]
    if axis is not None:
        words = f"from feet to head in {count} of {len(places)} volumes, whose voxels are about cubes"
        return axis, f"cut across the {NAMES[axis]}, which go {words}{sizes}"
    return 0, f"cut across the {NAMES[0]}, the files' first axis{sizes}"


def require_alike(name: str, place: Place, axis: int, first: str, reference: Place) -> None:
    """Raise DataError for a volume whose axis is another one in the body than the first volume's."""
    if place.affine is None or reference.affine is None:
        return
    mine, theirs = (_direction(one.affine, axis) for one in (place, reference))
    if mine is not None and theirs is not None and mine != theirs:
        raise DataError(
            f"case {name}: its {NAMES[axis]} run {WORDS[mine]}, those of {first} {WORDS[theirs]}; bring all volumes to "
            "one orientation (nibabel.as_closest_canonical), images and masks alike"
        )


WORDS = ("from left to right", "from back to front", "from feet to head")


def _coarse(place: Place) -> int | None:
    if place.spacing is None or len(place.spacing) != 3:
        return None
    longest, second, _ = sorted(place.spacing, reverse=True)
    return int(np.argmax(place.spacing)) if longest > COARSE * second else None


def _upward(place: Place) -> int | None:
    if place.affine is None:
        return None
    return next((axis for axis in range(3) if _direction(place.affine, axis) == 2), None)


def _direction(affine: Affine | None, axis: int) -> int | None:
    """Return which of the body's three axes (right, front, head) one of an array's axes follows."""
    if affine is None:
        return None
    column = np.abs(affine[:3, axis])
    return int(np.argmax(column)) if column.any() else None


def _sizes(places: Sequence[Place]) -> str:
    known = [place.spacing for place in places if place.spacing is not None]
    if not known:
        return "; the files say no sizes, so distances are in voxels"
    middle = np.median(np.array(known), axis=0)
    return f"; voxels of {' x '.join(f'{size:.3g}' for size in middle)} mm in the middle"
