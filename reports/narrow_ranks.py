"""The critical-difference plot for a narrow page: a method a row by rising mean rank, bars upright beside the rows."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

import numpy as np

from reports.labels import LINE, write
from reports.panels import SMALL, Panel, Scale
from reports.plots import COLORS
from reports.svg import FAINT, GREY, INK, NARROW_PAGE, Drawing, Look

TOP, BAR, LEFT = 52.0, 12.0, 12.0
"""Where rows begin, how far bars are apart, and room at the left, in px."""


def ranks_below_each_other(
    rows: Sequence[tuple[str, float]], levels: Sequence[Sequence[Sequence[int]]], critical: float
) -> Drawing:
    """Return the drawing. rows: names with their ranks; levels: of bars, each by the numbers of the rows it joins."""
    width = NARROW_PAGE - LEFT - 14 - BAR * (len(levels) + 1)
    labels = [wrap(name, int(width / (0.58 * SMALL))) for name, _ in rows]
    tops = [TOP + float(top) for top in np.cumsum([0.0, *(LINE * len(lines) + 20 for lines in labels)])]
    drawing = Drawing(NARROW_PAGE, tops[-1] + 44)
    scale = Scale.around(np.array([rank for _, rank in rows] + [rows[0][1] + critical]))
    panel = Panel(drawing, LEFT, TOP, width, tops[-1] - TOP, scale, Scale(0, 1))
    panel.frame("", "mean rank", ticks="x")
    middles = [end - 11 for end in tops[1:]]
    for (_, rank), lines, top, y, number in zip(rows, labels, tops, middles, range(len(rows)), strict=False):
        write(drawing, LEFT + 4, top + 3 + LINE * len(lines) / 2, lines)
        line = (LEFT, y, LEFT + width + BAR * (len(levels) + 1), y)
        drawing.strokes([line], Look(GREY, width=0.8, opacity=FAINT))
        drawing.dots(panel.xs(np.array([rank])), np.array([y]), Look(COLORS[number % len(COLORS)], marker=4))
    _ruler(panel, rows[0][1], critical)
    for level, bars in enumerate(levels):
        for bar in bars:
            x = LEFT + width + BAR * (level + 1)
            drawing.path(
                np.full(len(bar), x), np.array([middles[row] for row in bar]), Look(INK, width=2.6, marker=3.2)
            )
    return drawing


def _ruler(panel: Panel, first: float, critical: float) -> None:
    """Draw Nemenyi's distance from the first rank on, above the rows."""
    begin, end = panel.xs(np.array([first, first + critical]))
    panel.drawing.strokes([(begin, 30, end, 30), (begin, 26, begin, 34), (end, 26, end, 34)], Look(INK, width=2))
    panel.drawing.text(begin, 18, f"CD = {critical:.1f}", SMALL)
