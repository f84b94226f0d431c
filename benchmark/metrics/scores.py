"""From the masks of a case to numbers under a convention, or under several in one pass."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmark.metrics.empty_masks import cost_of, numbers_of
from benchmark.metrics.errors import MetricError
from benchmark.metrics.measurement import Measure, Measurement, measure
from benchmark.metrics.pairs import Mask, Pair, pairs
from benchmark.metrics.rules import DEFAULT, Convention
from benchmark.metrics.surface import Steps


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
    found = pairs(prediction, reference, structures)
    return score_pairs(found, reference.shape, spacing, convention, measure)


def score_pairs(
    found: Mapping[str, Pair],
    shape: tuple[int, ...],
    spacing: Sequence[float] | None,
    convention: Convention,
    measure: Measure = measure,
) -> dict[str, Scores]:
    """Return the scores of a case's pairs, so that several conventions share them. shape: the whole image's."""
    steps, unit = _grid(shape, spacing, convention)
    diagonal = math.hypot(*(size * step for size, step in zip(shape, steps, strict=True)))
    scores = {}
    for name, pair in found.items():
        if pair.has_reference and pair.has_prediction:
            numbers = _limited(measure(pair, steps, convention.percentile), convention, unit)
            scores[name] = Scores(*numbers, unit, counted=True, missed=False, false_alarm=False)
        else:
            cost = cost_of(pair, convention)
            numbers = _limited(numbers_of(cost, diagonal), convention, unit)
            scores[name] = Scores(*numbers, unit, cost is not None, pair.has_reference, pair.has_prediction)
    return scores


def _limited(numbers: Measurement, convention: Convention, unit: str) -> Measurement:
    """Return distances of at most the convention's limits, which are in mm; others as they are."""
    if unit != "mm":
        return numbers
    limits = {"hd95": convention.hd95_limit, "asd": convention.asd_limit, "asd_pred": convention.asd_limit}
    clipped = {name: min(getattr(numbers, name), limit) for name, limit in limits.items() if limit is not None}
    return numbers._replace(**clipped) if clipped else numbers


def _grid(shape: tuple[int, ...], spacing: Sequence[float] | None, convention: Convention) -> tuple[Steps, str]:
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
