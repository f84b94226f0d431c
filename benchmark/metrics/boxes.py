"""The part of an image that holds something."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

Box = tuple[slice, ...]
Labels = npt.NDArray[Any]


def box_of(mask: Labels) -> Box:
    """Return the smallest box that holds every non-zero element; a box of none where all are zero."""
    if not mask.size:
        return (slice(0, 0),) * mask.ndim
    first = mask.reshape(len(mask), -1).max(axis=1) != 0
    rest = np.bitwise_or.reduce(mask, axis=0)
    sides = [first, *(rest.any(axis=_others(axis, rest.ndim)) for axis in range(rest.ndim))]
    found = [np.flatnonzero(side) for side in sides]
    return tuple(slice(int(side[0]), int(side[-1]) + 1) if len(side) else slice(0, 0) for side in found)


def foreground_box(prediction: Labels, reference: Labels) -> Box:
    """Return the smallest box that holds all foreground of both label maps, which may be of different whole types."""
    if prediction.dtype == reference.dtype:
        return box_of(prediction | reference)
    return box_of((prediction != 0) | (reference != 0))


def label_boxes(prediction: Labels, reference: Labels, count: int) -> list[Box]:
    """Return for each label 1 to count the box that holds it in both; a box of none where neither has it."""
    found = (ndimage.find_objects(mask, max_label=count) for mask in (prediction, reference))
    return [_joint(one, other, reference.ndim) for one, other in zip(*found, strict=True)]


def _joint(one: Box | None, other: Box | None, axes: int) -> Box:
    if one is None or other is None:
        return one or other or (slice(0, 0),) * axes
    return tuple(slice(min(a.start, b.start), max(a.stop, b.stop)) for a, b in zip(one, other, strict=True))


def _others(axis: int, axes: int) -> tuple[int, ...]:
    return tuple(other for other in range(axes) if other != axis)
