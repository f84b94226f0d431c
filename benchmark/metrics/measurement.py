"""The numbers of one pair of masks, neither of which is empty."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from benchmark.metrics.overlap import dice, jaccard
from benchmark.metrics.pairs import Pair
from benchmark.metrics.rules import Percentile
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


def measure(pair: Pair, steps: Steps, percentile: Percentile) -> Measurement:
    """Return the numbers of a pair of which neither mask is empty."""
    distances = pair.distances(steps)
    overlaps = dice(pair.predicted, pair.true), jaccard(pair.predicted, pair.true)
    return Measurement(*overlaps, PERCENTILES[percentile](distances), assd(distances), asd(distances))
