"""One volume of one patient, checked when it is made."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from data.errors import DataError
from data.task import IGNORED, Task

PART = 1 << 22  # values of a mask that are looked at together; what is compared takes as much again


@dataclass(frozen=True, eq=False)
class Case:
    """A 3-D volume as short-axis (or axial) slices.

    image: float32 (slices, height, width), grey values as the source gives them.
    mask: uint8 of the same shape, or None where the reference must not be seen.
    spacing: millimetres (slice, row, column), or None where the source does not hold it.
    affine: (4, 4), from an index (slice, row, column) to mm (right, anterior, superior), or None likewise.
    more: further channels of the same shape; ``image`` is the first one.
    """

    name: str
    patient: str
    image: npt.NDArray[np.float32]
    mask: npt.NDArray[np.uint8] | None
    spacing: tuple[float, float, float] | None
    affine: npt.NDArray[np.float64] | None = None
    more: tuple[npt.NDArray[np.float32], ...] = ()

    @property
    def channels(self) -> tuple[npt.NDArray[np.float32], ...]:
        """All channels, the first of which is ``image``."""
        return (self.image, *self.more)


def checked(case: Case, task: Task) -> Case:
    """Return the case, or raise DataError saying in one sentence what is wrong with it."""
    _check_image(case, task)
    if case.mask is not None:
        if case.mask.shape != case.image.shape:
            raise DataError(
                f"case {case.name}: mask has shape {case.mask.shape}, its image {case.image.shape}; they must be equal"
            )
        checked_mask(case.mask, case.name, task)
    if case.spacing is not None and not all(np.isfinite(s) and s > 0 for s in case.spacing):
        raise DataError(f"case {case.name}: spacing {case.spacing} must be three positive millimetre values")
    return case


def labels_of(values: npt.NDArray[Any], name: str) -> npt.NDArray[np.uint8]:
    """Return label values, in whatever type a file has them, as uint8; DataError that names the first that is none."""
    mask = np.empty(values.shape, np.uint8)
    step = max(1, PART // max(1, values[:1].size))
    for first in range(0, len(values), step):
        some = values[first : first + step]
        with np.errstate(invalid="ignore"):  # what the type can't hold is not equal below
            mask[first : first + step] = some.astype(np.uint8)
        wrong = mask[first : first + step] != some
        if wrong.any():
            raise DataError(
                f"case {name}: mask holds values that are no whole numbers from 0 to 255, {some[wrong].flat[0]} first; "
                "round them (numpy.rint) where they are meant as labels, and save the mask as uint8"
            )
    return mask


def _check_image(case: Case, task: Task) -> None:
    image = case.image
    if image.ndim != 3 or 0 in image.shape:
        raise DataError(f"case {case.name}: image has shape {image.shape}, expected (slices, height, width)")
    if len(case.channels) != task.channels:
        raise DataError(f"case {case.name}: image has {len(case.channels)} channels, expected {task.channels}")
    for number, channel in enumerate(case.channels):
        if channel.shape != image.shape:
            raise DataError(
                f"case {case.name}: channel {number} has shape {channel.shape}, channel 0 {image.shape}; they must be "
                "equal"
            )
        checked_grey(channel, case.name)


def checked_grey(grey: npt.NDArray[np.float32], name: str) -> npt.NDArray[np.float32]:
    """Return some slices of a case, or raise DataError where a voxel is not finite."""
    if not all(np.isfinite(plane).all() for plane in grey):  # as large as the volume otherwise
        raise DataError(f"case {name}: image holds NaN or infinite grey values; every voxel must be finite")
    return grey


def checked_mask(mask: npt.NDArray[np.uint8], name: str, task: Task) -> npt.NDArray[np.uint8]:
    """Return a case's mask, or raise DataError where it holds a value that is no class of the task."""
    known = {*range(task.classes), *([IGNORED] if task.partial else [])}
    unknown = sorted({value for plane in mask for value in np.unique(plane).tolist()} - known)
    if unknown:
        names = ", ".join(f"{k} {one}" for k, one in enumerate(("background", *task.structures)))
        raise DataError(f"case {name}: mask holds label value {unknown[0]}; known are {names}")
    return mask
