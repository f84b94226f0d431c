"""How a mask pair becomes numbers: the unit, and what an empty mask costs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from benchmark.metrics.overlap import BoolArray, dice, jaccard
from benchmark.metrics.surface import asd, assd, hd95, surface_distances

Mask = npt.NDArray[np.uint8]
NAN = float("nan")


class MetricError(Exception):
    """Two masks cannot be compared; the message is one sentence."""


@dataclass(frozen=True)
class Convention:
    """What is counted, and what a mask costs that is empty where the other is not.

    both_empty: whether such a pair counts. overlap_if_one_empty: its Dice and Jaccard. distance_if_one_empty: its
    distances, as a multiple of the image's diagonal.
    """

    name: str
    both_empty_counts: bool
    overlap_if_one_empty: float
    distance_if_one_empty: float


DEFAULT = Convention("default", both_empty_counts=False, overlap_if_one_empty=0.0, distance_if_one_empty=1.0)


@dataclass(frozen=True)
class Scores:
    """One case and structure; asd is symmetric, asd_pred from prediction to reference; distances are in ``unit``."""

    dice: float
    jaccard: float
    hd95: float
    asd: float
    asd_pred: float
    unit: str
    counted: bool = True
    missed: bool = False
    false_alarm: bool = False


def score(
    prediction: Mask,
    reference: Mask,
    structures: Sequence[str],
    spacing: Sequence[float] | None,
    convention: Convention = DEFAULT,
) -> Mapping[str, Scores]:
    """Return the scores of each structure; label k of both masks (2-D or 3-D, equal shapes) is ``structures[k - 1]``.

    spacing: millimetres along each axis, or None: distances are then in voxels. MetricError for masks that don't fit.
    """
    for name, mask in (("prediction", prediction), ("reference", reference)):
        _check(name, mask, reference.shape, structures)
    unit = "voxel" if spacing is None else "mm"
    steps = [1.0] * reference.ndim if spacing is None else [float(step) for step in spacing]
    if len(steps) != reference.ndim:
        raise MetricError(
            f"spacing {tuple(steps)} has {len(steps)} values; masks of shape {reference.shape} need one an axis"
        )
    diagonal = math.sqrt(sum((size * step) ** 2 for size, step in zip(reference.shape, steps, strict=True)))
    boxes = [_boxes(mask, len(structures)) for mask in (prediction, reference)]
    scores = {}
    for label, name in enumerate(structures, 1):
        box = _joint(boxes[0][label - 1], boxes[1][label - 1])
        if box is None:
            counted = convention.both_empty_counts
            perfect = (1.0, 1.0, 0.0, 0.0, 0.0) if counted else (NAN,) * 5
            scores[name] = Scores(*perfect, unit, counted=counted)
        else:
            pair = prediction[box] == label, reference[box] == label
            scores[name] = _pair(*pair, steps, convention, diagonal, unit)
    return scores


def _pair(
    predicted: BoolArray, true: BoolArray, steps: Sequence[float], convention: Convention, diagonal: float, unit: str
) -> Scores:
    if not predicted.any() or not true.any():
        overlap, distance = convention.overlap_if_one_empty, convention.distance_if_one_empty * diagonal
        missed = not predicted.any()
        return Scores(overlap, overlap, distance, distance, distance, unit, missed=missed, false_alarm=not missed)
    distances = surface_distances(predicted, true, steps)
    return Scores(
        dice(predicted, true), jaccard(predicted, true), hd95(distances), assd(distances), asd(distances), unit
    )


Box = tuple[slice, ...]


def _boxes(mask: Mask, count: int) -> list[Box | None]:
    found = ndimage.find_objects(mask, max_label=count)
    return [*found, *[None] * (count - len(found))]


def _joint(one: Box | None, other: Box | None) -> Box | None:
    if one is None or other is None:
        return one or other
    pairs = zip(one, other, strict=True)
    return tuple(slice(min(a.start, b.start), max(a.stop, b.stop)) for a, b in pairs)


def _check(name: str, mask: Mask, shape: tuple[int, ...], structures: Sequence[str]) -> None:
    if mask.ndim not in (2, 3) or mask.shape != shape:
        raise MetricError(
            f"{name} has shape {mask.shape}, the reference {shape}; both must be the same 2-D or 3-D shape"
        )
    if not np.issubdtype(mask.dtype, np.integer):
        raise MetricError(f"{name} holds {mask.dtype} values; a mask holds whole numbers, one a structure")
    if mask.size and (int(mask.max()) > len(structures) or int(mask.min()) < 0):
        bad = int(mask.max()) if int(mask.max()) > len(structures) else int(mask.min())
        raise MetricError(f"{name} holds label value {bad}; known are 0 to {len(structures)} ({', '.join(structures)})")
