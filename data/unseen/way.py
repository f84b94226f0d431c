"""The way of a file's axes to those that a run was trained on, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from data.errors import DataError
from data.folders.form import Form
from data.orientation import Affine, Place, unlikely_axes


@dataclass(frozen=True)
class Way:
    """How a file's axes (slices, rows, columns) become slices, rows and columns of training.

    order: the file's axes in the order of training. turned: those that are turned round.
    """

    order: tuple[int, int, int]
    turned: tuple[int, ...] = ()

    def view(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return (..., slices, rows, columns) of the file as of training; what is written there is written back."""
        ahead = values.ndim - 3
        turned = np.flip(values, tuple(ahead + axis for axis in self.turned))
        return turned.transpose(*range(ahead), *(ahead + axis for axis in self.order))


def way_of(place: Place, form: Form, name: str) -> Way:
    """Return the way of a volume to the frame of training, where both say how they lie; else by the form's axis.

    DataError where nothing says it, and sizes and shape say that the slices are along another axis.
    """
    first = form.axis
    plain = Way((first, *(axis for axis in range(3) if axis != first)))  # type: ignore[arg-type]  # three of them
    if form.planar:
        return plain
    if form.frame is not None and place.affine is not None:
        return _toward(np.array(form.frame), place.affine)
    unlikely = unlikely_axes(place.shape, place.spacing) if first == 0 else None
    if unlikely:
        raise DataError(f"case {name} is {unlikely}; save it with the slices as the file's third axis")
    return plain


def frame_of(affine: Affine | None, axis: int) -> tuple[tuple[float, ...], ...] | None:
    """Return the directions (right, front, head) of slices, rows and columns, cut across one axis of the file."""
    if affine is None:
        return None
    order = [axis, *(other for other in range(3) if other != axis)]
    return tuple(tuple(round(float(part), 6) for part in side) for side in _sides(affine).T[order])


def _sides(affine: Affine) -> npt.NDArray[np.float64]:
    """Return the direction of each axis as a column of length 1."""
    sides: npt.NDArray[np.float64] = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    return sides


def _toward(frame: npt.NDArray[np.float64], affine: Affine) -> Way:
    """Return which axis of a file each axis of training is nearest to, each once, and which run against it."""
    from scipy.optimize import linear_sum_assignment

    along = frame @ _sides(affine)
    first, second, third = (int(axis) for axis in linear_sum_assignment(-np.abs(along))[1])
    turned = sorted(axis for k, axis in enumerate((first, second, third)) if along[k, axis] < 0)
    return Way((first, second, third), tuple(turned))
