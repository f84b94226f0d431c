"""What a pair of masks scores of which at least one is empty: what its convention says such a pair costs."""

from __future__ import annotations

import math

from benchmark.metrics.measurement import Measurement
from benchmark.metrics.pairs import Pair
from benchmark.metrics.rules import Convention, Cost


def cost_of(pair: Pair, convention: Convention) -> Cost | None:
    """Return what a pair with an empty mask costs; None where the convention does not count it."""
    if pair.has_reference:
        return convention.missed
    return convention.false_alarm if pair.has_prediction else convention.both_empty


def numbers_of(cost: Cost | None, diagonal: float) -> Measurement:
    """Return a cost as numbers, all of them NaN for none; diagonal: of the image, in the unit of its distances."""
    if cost is None:
        return Measurement(*(math.nan,) * 5)
    far = cost.diagonals * diagonal
    hd95, asd = (far if fixed is None else fixed for fixed in (cost.hd95, cost.asd))
    return Measurement(cost.overlap, cost.overlap, hd95, asd, asd)
