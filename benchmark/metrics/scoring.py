"""From the masks of a case to numbers under a convention, or under several in one pass."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from benchmark.metrics.errors import MetricError
from benchmark.metrics.overlap import dice, jaccard
from benchmark.metrics.pairs import Mask, Pair, pairs
from benchmark.metrics.rules import DEFAULT, Convention, Cost, Percentile
from benchmark.metrics.surface import Steps, SurfaceDistances, asd, assd, hd95, hd95_larger, hd95_larger_rank

PERCENTILES: Mapping[Percentile, Callable[[SurfaceDistances], float]] = {
    "pooled": hd95,
    "larger": hd95_larger,
    "larger_rank": hd95_larger_rank,
}


class Measurement(NamedTuple):
    """The numbers of one pair; asd is symmetric, asd_pred from prediction to reference."""

    dice: float
    jaccard: float
    hd95: float
    asd: float
    asd_pred: float


Measure = Callable[[Pair, Steps, Percentile], Measurement]


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


def measure(pair: Pair, steps: Steps, percentile: Percentile) -> Measurement:
    """Return the numbers of a pair of which neither mask is empty."""
    distances = pair.distances(steps)
    overlaps = dice(pair.predicted, pair.true), jaccard(pair.predicted, pair.true)
    return Measurement(*overlaps, PERCENTILES[percentile](distances), assd(distances), asd(distances))


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
        missed, false_alarm = pair.has_reference, pair.has_prediction
        if missed and false_alarm:
            numbers = _limited(measure(pair, steps, convention.percentile), convention, unit)
            scores[name] = Scores(*numbers, unit, counted=True, missed=False, false_alarm=False)
        else:
            cost = convention.missed if missed else convention.false_alarm if false_alarm else convention.both_empty
            numbers = _limited(_cost(cost, diagonal), convention, unit)
            scores[name] = Scores(*numbers, unit, cost is not None, missed, false_alarm)
    return scores


def _cost(cost: Cost | None, diagonal: float) -> Measurement:
    """Return what a pair costs of which at most one mask holds something."""
    if cost is None:
        return Measurement(*(math.nan,) * 5)
    far = cost.diagonals * diagonal
    hd95, asd = (far if fixed is None else fixed for fixed in (cost.hd95, cost.asd))
    return Measurement(cost.overlap, cost.overlap, hd95, asd, asd)


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
