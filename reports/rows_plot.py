"""Rows of dots with their intervals, names at the left, on a narrow page above them.

What each colour is stands over the first row's dots.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from textwrap import wrap

import numpy as np

from reports.labels import LINE, above, write
from reports.panels import PAGE, SMALL, Panel, Scale, widest
from reports.plots import COLORS, WIDE
from reports.svg import FAINT, GREY, NARROW_PAGE, Drawing, Look

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
    scale, head = _scale(rows, zero), HEAD if any(names) else FREE
    drawn = []
    for layout in (_names_beside(rows, head), _names_above(rows, head)):
        drawing = Drawing(layout.width, layout.tops[-1] + 44)
        size = drawing.width - layout.left - 18, layout.tops[-1] - head
        panel = Panel(drawing, layout.left, head, *size, scale, Scale(0, 1))
        panel.frame("", beside, ticks="x")
        _draw_rows(panel, rows, layout)
        _name(panel, names, [_first(rows, place, layout) for place in range(len(names))])
        drawn.append(drawing)
    drawn[0].narrow = drawn[1]
    return drawn[0]


@dataclass(frozen=True)
class Layout:
    """Where rows stand, in px. width: of the image; left: of the panel; tops: of each row, and the end of the last.

    labels: of each row in lines; above: whether these stand above its dots.
    """

    width: float
    left: float
    tops: Sequence[float]
    labels: Sequence[Sequence[str]]
    above: bool

    def label(self, number: int) -> tuple[float, float, str]:
        """Return x and middle of a row's label, and which of its sides x is."""
        top, end = self.tops[number : number + 2]
        if not self.above:
            return self.left - 8, (top + end) / 2, "end"
        return self.left + 4, top + 3 + LINE * len(self.labels[number]) / 2, "start"

    def lane(self, number: int, place: int, lanes: int) -> float:
        """Return how far down the dots of a name are in a row."""
        top, end = self.tops[number : number + 2]
        top += LINE * len(self.labels[number]) if self.above else 0
        return (top + end) / 2 + LANE * (place - (lanes - 1) / 2)


def _names_beside(rows: Sequence[Row], head: float) -> Layout:
    labels = [wrap(row.label, WIDE) for row in rows]
    heights = [max(LANE * len(row.dots), LINE * len(lines)) + 7 for row, lines in zip(rows, labels, strict=True)]
    left = widest(line for lines in labels for line in lines) + 14
    return Layout(max(left + LEAST, min(PAGE, left + MOST)), left, _tops(head, heights), labels, False)


def _names_above(rows: Sequence[Row], head: float) -> Layout:
    labels = [wrap(row.label, int(NARROW_PAGE / (0.58 * SMALL))) for row in rows]
    heights = [LANE * len(row.dots) + LINE * len(lines) + 9 for row, lines in zip(rows, labels, strict=True)]
    return Layout(NARROW_PAGE, 12.0, _tops(head, heights), labels, True)


def _tops(head: float, heights: Sequence[float]) -> list[float]:
    return [head + float(top) for top in np.cumsum([0.0, *heights])]


def _draw_rows(panel: Panel, rows: Sequence[Row], layout: Layout) -> None:
    """Draw the rows' dots and labels, and what parts them."""
    for number, row in enumerate(rows):
        x, y, anchor = layout.label(number)
        write(panel.drawing, x, y, layout.labels[number], anchor)
        if number:
            line = (panel.left, layout.tops[number], panel.left + panel.width, layout.tops[number])
            panel.drawing.strokes([line], Look(GREY, width=0.8, opacity=FAINT))
        for place, dot in enumerate(row.dots):
            _draw(panel, dot, layout.lane(number, place, len(row.dots)), COLORS[place % len(COLORS)])


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


def _first(rows: Sequence[Row], place: int, layout: Layout) -> tuple[float, float] | None:
    """Return value and height of the first dot of a name."""
    for number, row in enumerate(rows):
        dot = row.dots[place]
        if dot is not None and isfinite(dot.value):
            return dot.value, layout.lane(number, place, len(row.dots))
    return None


def _name(panel: Panel, names: Sequence[str], dots: Sequence[tuple[float, float] | None]) -> None:
    known = [(dot, name) for dot, name in zip(dots, names, strict=True) if dot is not None and name]
    above(panel, [(dot[0], name, dot[1] - 4) for dot, name in known])
