"""Rows of dots with their intervals, names at the left; what each colour is stands over the first row's dots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from textwrap import wrap

import numpy as np

from reports.labels import LINE, above, write
from reports.panels import PAGE, Panel, Scale, widest
from reports.plots import COLORS, WIDE
from reports.svg import FAINT, GREY, Drawing, Look

LANE, HEAD, FREE = 9.0, 46.0, 10.0
"""Height of a dot's lane in a row, and room over the first row, with names and without, in px."""
LEAST, MOST = 320.0, 640.0
"""Width of the panel, in px."""


@dataclass(frozen=True)
class Dot:
    """A value with its interval, None where it has none, and single values beside it, those of seeds."""

    value: float
    low: float | None = None
    high: float | None = None
    seeds: tuple[float, ...] = ()


@dataclass(frozen=True)
class Row:
    """A row: a dot for each name of the plot, None where there is none."""

    label: str
    dots: tuple[Dot | None, ...]


def rows_plot(rows: Sequence[Row], names: Sequence[str], beside: str, zero: bool = False) -> Drawing | None:
    """Return the rows drawn; None where none has a dot.

    names: of a row's dots, which stand below each other in this order; beside: what x is; zero: whether x has 0.
    """
    rows = [row for row in rows if any(_is_known(dot) for dot in row.dots)]
    if not rows:
        return None
    labels = [wrap(row.label, WIDE) for row in rows]
    heights = [max(LANE * len(names), LINE * len(lines)) + 7 for lines in labels]
    head = HEAD if any(names) else FREE
    tops = [head + float(top) for top in np.cumsum([0.0, *heights])]
    left = widest(line for lines in labels for line in lines) + 14
    drawing = Drawing(max(left + LEAST, min(PAGE, left + MOST)), tops[-1] + 44)
    panel = Panel(drawing, left, head, drawing.width - left - 18, tops[-1] - head, _scale(rows, zero), Scale(0, 1))
    panel.frame("", beside, ticks="x")
    for row, lines, (top, end) in zip(rows, labels, pairwise(tops), strict=True):
        write(drawing, left - 8, (top + end) / 2, lines, "end")
        if top > head:
            drawing.strokes([(left, top, left + panel.width, top)], Look(GREY, width=0.8, opacity=FAINT))
        for place, dot in enumerate(row.dots):
            _draw(panel, dot, (top + end) / 2 + LANE * (place - (len(names) - 1) / 2), COLORS[place % len(COLORS)])
    _name(panel, names, [_first(rows, place, tops) for place in range(len(names))])
    return drawing


def _is_known(dot: Dot | None) -> bool:
    return dot is not None and isfinite(dot.value)


def _scale(rows: Sequence[Row], zero: bool) -> Scale:
    dots = [dot for row in rows for dot in row.dots if dot is not None]
    values = [value for dot in dots for value in (dot.value, dot.low, dot.high, *dot.seeds) if value is not None]
    return Scale.around(np.array([*values, *([0.0] if zero else [])], np.float64))


def _draw(panel: Panel, dot: Dot | None, y: float, color: str) -> None:
    if dot is None or not isfinite(dot.value):
        return
    (x,) = panel.xs(np.array([dot.value]))
    if dot.low is not None and dot.high is not None:
        low, high = np.clip(panel.xs(np.array([dot.low, dot.high])), panel.left, panel.left + panel.width)
        panel.drawing.strokes([(low, y, high, y)], Look(color, width=2))
    seeds = panel.xs(np.array(dot.seeds))
    panel.drawing.dots(seeds, np.full(len(seeds), y), Look(color, opacity=0.55, marker=1.9))
    panel.drawing.dots(np.array([x]), np.array([y]), Look(color, marker=3.6))


def _first(rows: Sequence[Row], place: int, tops: Sequence[float]) -> tuple[float, float] | None:
    """Return value and height of the first dot of a name."""
    for row, (top, end) in zip(rows, pairwise(tops), strict=True):
        dot = row.dots[place]
        if dot is not None and isfinite(dot.value):
            return dot.value, (top + end) / 2 + LANE * (place - (len(row.dots) - 1) / 2)
    return None


def _name(panel: Panel, names: Sequence[str], dots: Sequence[tuple[float, float] | None]) -> None:
    known = [(dot, name) for dot, name in zip(dots, names, strict=True) if dot is not None and name]
    above(panel, [(dot[0], name, dot[1] - 4) for dot, name in known])
