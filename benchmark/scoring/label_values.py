"""The values of a mask from a file: whole numbers, one a structure, in an array of two or three axes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from benchmark.errors import UsageError
from benchmark.scoring.planes import check_covered, labels_of_planes
from benchmark.scoring.role_names import Wanted

Array = npt.NDArray[Any]
LARGEST = 65535  # what two bytes hold; a file with more is an image, or numbers its objects
NEAR = 1e-3  # of a whole number: what scl_slope and interpolation of one label leave
COLOURS = (3, 4)  # RGB, RGBA
MEANT = 60  # labels that a mask may have without being asked: more are greys, colours or objects


def squeezed(values: Array) -> Array:
    """Return an array of more than three axes without axes of length 1 at its ends: of a batch, a channel, a time."""
    while values.ndim > 3 and 1 in (values.shape[0], values.shape[-1]):
        values = values[0] if values.shape[0] == 1 else values[..., 0]
    return values


def one_a_voxel(values: Array, name: object, wanted: Wanted) -> tuple[Array, int | None]:
    """Return an array with one label a voxel, and which axis it had more; that of a stack of masks, if so stated.

    UsageError for an array that is not of numbers, or no label a voxel: four axes, colours, one-hot.
    """
    if values.dtype.kind not in "biuf":
        raise UsageError(f"{name} holds values of type {values.dtype}; a mask holds one whole number a structure")
    shape = " x ".join(str(side) for side in values.shape)
    if values.ndim in (3, 4) and wanted.planes == "structures":
        return labels_of_planes(values, name)
    if values.ndim not in (2, 3):
        raise UsageError(
            f"{name} holds an array of {values.ndim} axes ({shape}); a mask is 2-D or 3-D with one label a voxel: "
            "save one point in time, or the class of the largest probability, or say that it is a stack of one mask a "
            f"structure with {wanted.planes_option} structures"
        )
    if values.ndim == 2 or wanted.planes == "slices":
        return values, None
    if values.shape[-1] in COLOURS and _has_colours(values):
        raise UsageError(
            f"{name} holds an array of {shape}, by its last axis colours; a mask has one label a voxel, slices first"
        )
    check_covered(values, name, wanted.planes_option)
    return values, None


def whole_numbers(values: Array, name: object) -> Array:
    """Return the labels in the smallest type that holds them; UsageError names a value that is none."""
    if values.dtype.kind == "b":
        return values.view(np.uint8)
    for slab in values if values.dtype.kind == "f" else ():  # a slice at a time: no second volume of 8 bytes a voxel
        with np.errstate(invalid="ignore"):  # a NaN with its signal bit set, as a broken file may hold it
            wrong = slab[np.rint(slab) != slab]
        if wrong.size:
            raise UsageError(f"{name} holds {_fraction(float(wrong[0]))}")
    least, most = float(values.min(initial=0)), float(values.max(initial=0))
    if least < 0 or most > LARGEST:
        raise UsageError(
            f"{name} holds {least if least < 0 else most:g}, which is no label but a grey value or an object's "
            "number; a mask holds one small whole number a structure"
        )
    return values.astype(np.min_scalar_type(int(most)), copy=False)


def labels_in(values: Array) -> list[int]:
    """Return the labels but 0 that whole numbers of at least 0 hold, in ascending order."""
    present = np.zeros(int(values.max(initial=0)) + 1, bool)
    for slab in values:
        present[slab[slab != 0]] = True
    return [int(label) for label in np.flatnonzero(present)]


def _fraction(value: float) -> str:
    if np.isfinite(value) and abs(value - round(value)) <= NEAR:
        return f"{value!r}, which is nearly {round(value)} and no whole number; round the values, or save integers"
    return f"{value!r}, which is no whole number; a mask holds one whole number a structure, no greys or probabilities"


def _has_colours(values: Array) -> bool:
    """Return whether values or sides say that a last axis of 3 or 4 is one of colours; small volumes have such sides.

    A volume with its 4 slices last has other values than RGBA, whose fourth is opacity.
    """
    large = values.shape[-1] == 3 and min(values.shape[:2]) >= 16
    return large or (float(values.max(initial=0)) > MEANT and min(values.shape[:2]) > 4)
