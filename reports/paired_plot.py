"""Differences a patient, a panel a method: so that one sees whether two patients make the gain."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reports.formatting import signed
from reports.grid import Grid
from reports.labels import LINE
from reports.multiples import FLOOR as MEAN
from reports.multiples import OWN
from reports.paired import Paired
from reports.panels import SMALL, Panel, Scale
from reports.svg import INK, Array, Look, Plot

BAND = 0.18
KEY = (
    ("a test patient", Look(OWN, width=0, marker=2.6)),
    ("mean with its 95 % interval", Look(MEAN, width=1.6)),
)
"""What is drawn, for who sees the plot without its page."""


def paired_plot(pairs: Sequence[Paired], name: str, title: str) -> Plot | None:
    """Return the drawing; None where no pair has a patient."""
    shown = [one for one in pairs if one.differences]
    if not shown:
        return None
    grid, y = Grid([one.label for one in shown], KEY, LINE), _scale(shown)
    for number, one in enumerate(shown):
        panel = grid.panel(number, Scale(0, len(one.differences) + 1), y)
        panel.frame("", "patients, sorted", "Dice points", ticks="y")
        _titled(panel, one)
        _pair(panel, one)
    return grid.drawing.plot(name, title)


def _scale(pairs: Sequence[Paired]) -> Scale:
    ends = [end for one in pairs for end in (one.low, one.high) if end is not None]
    values = np.array([0.0, *ends, *(gap for one in pairs for gap in one.differences)])
    return Scale.around(values)


def _titled(panel: Panel, one: Paired) -> None:
    """Write the method, and below it its mean with interval, and the mean without two patients."""
    panel.name(one.label, LINE)
    panel.drawing.text(panel.left, panel.top - 8, in_words(one), SMALL)


def in_words(one: Paired) -> str:
    """Return the mean with its interval, and what is left of it without two patients."""
    inside = "" if one.low is None or one.high is None else f" ({signed(one.low)} to {signed(one.high)})"
    rest = "" if one.without is None else f"; less two {signed(one.without)}"
    return f"{signed(one.mean)}{inside}{rest}"


def _pair(panel: Panel, one: Paired) -> None:
    right = panel.left + panel.width
    if one.low is not None and one.high is not None:
        low, high = panel.ys(np.array([one.low, one.high]))
        panel.drawing.box((panel.left, high, panel.width, low - high), MEAN, opacity=BAND)
    zero, mean = panel.ys(np.array([0.0, one.mean]))
    panel.drawing.strokes([(panel.left, zero, right, zero)], Look(INK, width=1.1))
    panel.drawing.strokes([(panel.left, mean, right, mean)], Look(MEAN, width=1.6))
    gaps: Array = np.array(one.differences)
    xs = panel.xs(np.arange(1.0, len(gaps) + 1))
    panel.drawing.dots(xs, panel.ys(gaps), Look(OWN, marker=2.6))
