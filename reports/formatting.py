"""How a number is printed: a score's mean and interval, with the title of its metric, a difference, and a p-value."""

from __future__ import annotations

import math
from itertools import count

from reports.spread import Spread
from results.statistics.bootstrap import Estimate
from results.statistics.paired import ALPHA

PERCENT = ("dice", "jaccard")
TITLES = {"dice": "Dice %", "jaccard": "Jaccard %", "hd95": "HD95", "asd": "ASD", "asd_pred": "ASD pred→ref"}


def shown(spread: Spread, metric: str) -> str:
    """Return ``mean ± deviation`` over seeds, the mean alone for one seed, a dash where nothing counts.

    Where some of the runs have no such value, of how many it is.
    """
    if spread.mean is None:
        return "–"
    text = _number(spread.mean, metric)
    text += "" if spread.deviation is None else f" ± {_number(spread.deviation, metric)}"
    return text + (f" ({spread.partly})" if spread.partly else "")


def printed(estimate: Estimate | None, metric: str) -> str:
    """Return both ends as a table prints the metric, empty where there is none."""
    if estimate is None:
        return ""
    return "–".join(_number(end, metric) for end in (estimate.low, estimate.high))


def p_value(p: float) -> str:
    """Return a p-value to three digits, none of which says that it is 0, or at most the level where it is above it."""
    text = "< 0.001" if p < 0.0005 else f"{p:.3f}"
    return f"> {text}" if text == f"{ALPHA:.3f}" and p > ALPHA else text


def p_equals(p: float) -> str:
    """Return a p-value with the sign that stands before it in a sentence."""
    text = p_value(p)
    return text if text.startswith(("<", ">")) else f"= {text}"


def fixed(value: float, digits: int = 1) -> str:
    """Return a number to so many digits, 0 without a sign; a dash where it is no finite number."""
    if not math.isfinite(value):
        return "–"
    text = f"{value:.{digits}f}"
    return text if float(text) else text.removeprefix("-")


def signed(value: float, digits: int = 1) -> str:
    """Return a number as ``fixed`` does, with its sign; what rounds to 0 has none."""
    text = fixed(value, digits)
    return f"+{text}" if math.isfinite(value) and float(text) > 0 else text


def digits_of(value: float, limit: float = 0.0) -> int:
    """Return to how many digits a number is told that must not read as on the other side of a limit of its size.

    One, unless it rounds there to 0, or to a limit that it is beyond.
    """
    if not value or not math.isfinite(value):
        return 1
    beyond = abs(value) > limit
    return next(digits for digits in count(1) if (abs(float(f"{value:.{digits}f}")) > limit) == beyond)


def ends(low: float, high: float, limit: float = 0.0) -> str:
    """Return an interval by which something is said, its ends on their sides of a limit and of its opposite."""
    return " to ".join(signed(end, digits_of(end, limit)) for end in (low, high))


def _number(value: float, metric: str) -> str:
    """Return a value of a metric: per cent to a tenth, a distance to a hundredth."""
    return fixed(100 * value) if metric in PERCENT else fixed(value, 2)
