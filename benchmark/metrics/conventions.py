"""How a mask pair becomes numbers: the unit, and what an empty mask costs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from benchmark.metrics.errors import MetricError
from benchmark.metrics.overlap import BoolArray, dice, jaccard
from benchmark.metrics.surface import asd, assd, hd95, surface_distances

Mask = npt.NDArray[np.uint8]
Box = tuple[slice, ...]


@dataclass(frozen=True)
class Cost:
    """The Dice and Jaccard of a pair with an empty mask, and its distances as a multiple of the image's diagonal."""

    overlap: float
    diagonals: float


@dataclass(frozen=True)
class Convention:
    """The unit, and what a pair with an empty mask costs; without a cost it is not counted.

    missed: only the prediction is empty; false_alarm: only the reference is. millimetres: whether spacing is used.
    """

    name: str
    both_empty: Cost | None
    missed: Cost | None
    false_alarm: Cost | None
    millimetres: bool


WORST = Cost(overlap=0.0, diagonals=1.0)
DEFAULT = Convention("default", both_empty=None, missed=WORST, false_alarm=WORST, millimetres=True)


class Measurement(NamedTuple):
    """The numbers of one pair; asd is symmetric, asd_pred from prediction to reference."""

    dice: float
    jaccard: float
    hd95: float
    asd: float
    asd_pred: float


Measure = Callable[[BoolArray, BoolArray, Sequence[float]], Measurement]


@dataclass(frozen=True)
class Scores:
    """One case and structure; distances are in ``unit`` (mm or voxel), all numbers NaN where not counted."""

    dice: float
    jaccard: float
    hd95: float
    asd: float
    asd_pred: float
    unit: str
    counted: bool
    missed: bool
    false_alarm: bool


def measure(prediction: BoolArray, reference: BoolArray, spacing: Sequence[float]) -> Measurement:
    """Return the numbers of two masks that are not empty."""
    distances = surface_distances(prediction, reference, spacing)
    overlaps = dice(prediction, reference), jaccard(prediction, reference)
    return Measurement(*overlaps, hd95(distances), assd(distances), asd(distances))


def score(  # a sixth argument for the engine, so that another can be checked under the same conventions
    prediction: Mask,
    reference: Mask,
    structures: Sequence[str],
    spacing: Sequence[float] | None,
    convention: Convention = DEFAULT,
    measure: Measure = measure,
) -> dict[str, Scores]:
    """Return the scores of each structure; label k of both masks (2-D or 3-D, equal shapes) is ``structures[k - 1]``.

    spacing: millimetres along each axis, or None: distances are then in voxels. MetricError for masks or spacing that
    don't fit.
    """
    _check_masks(prediction, reference, structures)
    steps, unit = _grid(reference.shape, spacing, convention)
    diagonal = math.hypot(*(size * step for size, step in zip(reference.shape, steps, strict=True)))
    scores = {}
    for label, (name, box) in enumerate(zip(structures, _boxes(prediction, reference, structures), strict=True), 1):
        predicted, true = prediction[box] == label, reference[box] == label
        if predicted.any() and true.any():
            scores[name] = Scores(*measure(predicted, true, steps), unit, counted=True, missed=False, false_alarm=False)
        else:
            scores[name] = _empty(bool(predicted.any()), bool(true.any()), convention, diagonal, unit)
    return scores


def _empty(predicted: bool, true: bool, convention: Convention, diagonal: float, unit: str) -> Scores:
    """Return what a pair costs of which at most one mask holds something."""
    missed, false_alarm = true, predicted
    cost = convention.missed if missed else convention.false_alarm if false_alarm else convention.both_empty
    overlap, distance = (math.nan, math.nan) if cost is None else (cost.overlap, cost.diagonals * diagonal)
    numbers = Measurement(overlap, overlap, distance, distance, distance)
    return Scores(*numbers, unit, counted=cost is not None, missed=missed, false_alarm=false_alarm)


def _boxes(prediction: Mask, reference: Mask, structures: Sequence[str]) -> Iterator[Box]:
    """Yield the box that holds a structure in both masks, for each; one of no voxels where neither has it."""
    found = (ndimage.find_objects(mask, max_label=len(structures)) for mask in (prediction, reference))
    for one, other in zip(*found, strict=True):
        if one is None or other is None:
            yield one or other or (slice(0, 0),) * reference.ndim
        else:
            yield tuple(slice(min(a.start, b.start), max(a.stop, b.stop)) for a, b in zip(one, other, strict=True))


def _grid(
    shape: tuple[int, ...], spacing: Sequence[float] | None, convention: Convention
) -> tuple[tuple[float, ...], str]:
    """Return the step along each axis and its unit."""
    voxels = (1.0,) * len(shape)
    if spacing is None:
        return voxels, "voxel"
    steps = tuple(float(step) for step in spacing)
    if len(steps) != len(shape):
        raise MetricError(f"spacing {steps} has {len(steps)} values; masks of shape {shape} need one an axis")
    if not all(math.isfinite(step) and step > 0 for step in steps):
        raise MetricError(f"spacing {steps} must be positive millimetre values, one an axis")
    return (steps, "mm") if convention.millimetres else (voxels, "voxel")


def _check_masks(prediction: Mask, reference: Mask, structures: Sequence[str]) -> None:
    if reference.ndim not in (2, 3) or prediction.shape != reference.shape:
        raise MetricError(
            f"prediction has shape {prediction.shape}, the reference {reference.shape}; "
            "both must have the same 2-D or 3-D shape"
        )
    for name, mask in (("prediction", prediction), ("reference", reference)):
        if not np.issubdtype(mask.dtype, np.integer):
            raise MetricError(f"{name} holds {mask.dtype} values; a mask holds whole numbers, one a structure")
        for value in (mask.min(initial=0), mask.max(initial=0)):
            if not 0 <= value <= len(structures):
                known = f"0 to {len(structures)} ({', '.join(structures)})"
                raise MetricError(f"{name} holds label value {value}; known are {known}")
