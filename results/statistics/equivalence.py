"""Is the mean of some seeds the same as a given number, up to a margin?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from results.statistics.scores import Array

Outcome = Literal["inside", "outside", "open"]

ALPHA = 0.05
POWER = 0.8
MOST = 1_000
"""Seeds beyond which the number that it would take is not looked for."""


@dataclass(frozen=True)
class Equivalence:
    """Difference of a mean over seeds from a number, in the unit of both.

    low, high: the interval of two one-sided tests, of level 1 - 2 alpha; None for one seed. p_inside: TOST's p-value.
    further: seeds to add until the tests decide with the power asked for, if mean and deviation stay as they are; None
    where it is decided or can't be said, MOST where it takes more than that.
    """

    difference: float
    low: float | None
    high: float | None
    p_inside: float | None
    outcome: Outcome
    further: int | None


def equivalence(seeds: Sequence[float], target: float, margin: float, planned: float | None = None) -> Equivalence:
    """Return whether the difference is within the margin (Schuirmann 1987), beyond it, or open.

    planned: the deviation over seeds to plan with where there is one seed only.
    """
    if not margin > 0:
        raise ValueError(f"margin {margin}: expected more than 0")
    if not np.isfinite(seeds).all():
        raise ValueError(f"seeds {list(seeds)}: expected finite numbers; leave out what does not count")
    values = np.asarray(seeds, dtype=np.float64) - target
    gap = float(values.mean())
    if len(values) < 2:
        needed = None if planned is None else further_seeds(gap, planned, margin, 1)
        return Equivalence(gap, None, None, None, "open", needed)
    low, high, p_inside = _two_one_sided(values, margin)
    outcome: Outcome = "inside" if p_inside <= ALPHA else "outside" if low > margin or high < -margin else "open"
    deviation = float(values.std(ddof=1))
    needed = further_seeds(gap, deviation, margin, len(values)) if outcome == "open" else None
    return Equivalence(gap, low, high, p_inside, outcome, needed)


def further_seeds(gap: float, deviation: float, margin: float, have: int) -> int | None:
    """Return how many seeds more give the tests their power; None if the gap is the margin, which no number tells.

    Inside the margin both tests must reject, and their powers add up to 1 less than their sum at least.
    """
    from statsmodels.stats.power import TTestPower

    rooms = [abs(margin - abs(gap))] if abs(gap) > margin else [margin - gap, margin + gap]
    if min(rooms) <= 0:
        return None
    if deviation <= 0:
        return max(1, 2 - have)
    counts = np.arange(max(2, have + 1), have + MOST + 1)
    misses = [1 - TTestPower().power(room / deviation, counts, ALPHA, alternative="larger") for room in rooms]
    enough = counts[sum(misses) <= 1 - POWER]
    return int(enough[0]) - have if len(enough) else MOST


def _two_one_sided(values: Array, margin: float) -> tuple[float, float, float]:
    from statsmodels.stats.weightstats import DescrStatsW

    mean = float(values.mean())
    if not np.ptp(values) > 0:  # equal seeds leave nothing to test
        return mean, mean, float(abs(mean) >= margin)
    found = DescrStatsW(values)
    low, high = found.tconfint_mean(alpha=2 * ALPHA)
    return float(low), float(high), float(found.ttost_mean(-margin, margin)[0])
