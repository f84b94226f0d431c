"""Minutes of training against Dice, with a name beside each dot and the Pareto front as a line of steps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import ceil, hypot
from textwrap import wrap

import numpy as np

from reports.cost import Costed, Machine
from reports.labels import LINE, Box, beside, nearest
from reports.panels import PAGE, SMALL, Panel, Scale
from reports.plots import COLORS
from reports.svg import FAINT, GREY, NARROW_PAGE, Drawing, Look, Plot

LETTERS, LOWEST, EACH = 30, 300.0, 14.0
"""Of a line of a name; least height of the panel, and how much each line of the table adds to it, in px."""
SHORT = 0.01
"""Minutes from which on the axis is logarithmic."""
NARROW_LETTERS = int(NARROW_PAGE / (0.58 * SMALL))
"""Of a line of a name on a narrow page."""
FAR = 12.0
"""From a dot to its name that a stroke leads over, in px."""
FRONT, OTHER = Look(COLORS[0], width=1.6, marker=4.2), Look(GREY, marker=3.6)


def cost_plot(machine: Machine, name: str) -> Plot:
    """Return the drawing of the lines that one kind of machine trained."""
    height = max(LOWEST, EACH * len(machine.lines))
    panel = _panel(Drawing(PAGE, height + 76, _numbered(machine)), machine, height)
    _names(panel, machine, _dots(panel, machine))
    return panel.drawing.plot(name, f"Minutes of training against Dice, {machine.words}")


def _numbered(machine: Machine) -> Drawing:
    """Return the same for a narrow page: a number beside each dot, and below the panel whose it is."""
    ordered = _front_first(machine)
    names = [wrap(f"{number}  {one.label}", NARROW_LETTERS) for number, one in enumerate(ordered, 1)]
    drawing = Drawing(NARROW_PAGE, LOWEST + 84 + LINE * sum(map(len, names)))
    panel = _panel(drawing, machine, LOWEST)
    points, inside = _points(panel, ordered), (panel.left, panel.top - 12, NARROW_PAGE, panel.top + LOWEST)
    places = beside(points, [[str(number)] for number in range(1, len(ordered) + 1)], inside, _dots(panel, machine))
    for number, box in enumerate(places, 1):
        drawing.text(box[0] + 1, box[1] + ceil(0.78 * LINE), str(number), SMALL)
    for row, words in enumerate(line for lines in names for line in lines):
        drawing.text(12, LOWEST + 84 + LINE * row, words, SMALL)
    return drawing


def _panel(drawing: Drawing, machine: Machine, height: float) -> Panel:
    """Return the panel of a height, its frame drawn."""
    minutes, dice = (np.array([getattr(one, name) for one in machine.lines]) for name in ("minutes", "dice"))
    width = drawing.width - 76
    panel = Panel(drawing, 56, 26, width, height, Scale.around(minutes, SHORT), Scale.around(dice))
    panel.frame("", "minutes of training a run, as recorded", "Dice %")
    return panel


def _dots(panel: Panel, machine: Machine) -> list[Box]:
    """Draw a dot a line, and the steps of the front; return where these are."""
    front = machine.front
    steps = _steps(panel, [one.minutes for one in front], [one.dice for one in front])
    for one in machine.lines:
        look = FRONT if one in front else OTHER
        panel.drawing.dots(panel.xs(np.array([one.minutes])), panel.ys(np.array([one.dice])), look)
    return steps


def _front_first(machine: Machine) -> list[Costed]:
    front = machine.front
    return [*front, *(one for one in machine.lines if one not in front)]


def _points(panel: Panel, lines: Sequence[Costed]) -> list[tuple[float, float]]:
    xs, ys = panel.xs(np.array([one.minutes for one in lines])), panel.ys(np.array([one.dice for one in lines]))
    return [(float(x), float(y)) for x, y in zip(xs, ys, strict=True)]


def _steps(panel: Panel, minutes: list[float], dice: list[float]) -> list[Box]:
    """Draw up to where nothing is cheaper and better: level until the next line of the front, then up; return where."""
    xs = np.repeat(panel.xs(np.array(minutes)), 2)[1:]
    ys = np.repeat(panel.ys(np.array(dice)), 2)[:-1]
    xs, ys = np.append(xs, panel.left + panel.width), np.append(ys, ys[-1])
    panel.drawing.path(xs, ys, Look(FRONT.color, dash="5 3", width=1.4))
    corners = [(float(x), float(y)) for x, y in zip(xs, ys, strict=True)]
    return [
        (min(x, to_x) - 1, min(y, to_y) - 1, max(x, to_x) + 1, max(y, to_y) + 1)
        for (x, y), (to_x, to_y) in pairwise(corners)
    ]


def _names(panel: Panel, machine: Machine, steps: Sequence[Box]) -> None:
    """Write the names, those of the front first, with a stroke to the dots that they do not touch."""
    ordered = _front_first(machine)
    points = _points(panel, ordered)
    labels = [wrap(one.label, LETTERS) for one in ordered]
    inside = panel.left + 2, panel.top - 12, panel.left + panel.width + 14, panel.top + panel.height
    for (x, y), lines, box in zip(points, labels, beside(points, labels, inside, steps), strict=True):
        near = nearest((x, y), box)
        if hypot(near[0] - x, near[1] - y) > FAR:
            panel.drawing.strokes([(x, y, *near)], Look(GREY, width=0.9, opacity=2 * FAINT))
        for row, words in enumerate(lines):
            panel.drawing.text(box[0] + 1, box[1] + ceil(0.78 * LINE) + LINE * row, words, SMALL)
