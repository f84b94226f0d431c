"""Dice over the number of labelled patients: a line a method with its interval as a band, its name at its end."""

from __future__ import annotations

import re

import numpy as np

from reports.label_efficiency import Course, Efficiency
from reports.labels import End, at_ends, height_of
from reports.panels import Counts, Panel, Scale
from reports.plots import DASHES, line_styles
from reports.svg import GREY, Drawing, Look, Plot

WIDTH, NAMES, LOWEST = 720.0, 300.0, 360.0
"""Of the panel and of the room for names, and least height of the panel, in px."""
BAND = 0.14


def efficiency_plot(found: Efficiency) -> Plot:
    """Return the drawing. Its name is that of data set and schedule."""
    height = max(LOWEST, height_of([course.label for course in found.courses], NAMES))
    drawing = Drawing(WIDTH + NAMES + 60, height + 80)
    panel = Panel(drawing, 56, 30, WIDTH, height, Counts.of(found.counts), _dice(found))
    panel.frame(f"{found.title}, preset {found.preset}", "labelled patients", "Dice %")
    alone = np.array([(point.labeled, point.mean) for point in found.alone], np.float64).reshape(-1, 2)
    drawing.dots(panel.xs(alone[:, 0]), panel.ys(alone[:, 1]), Look(GREY, opacity=0.7, marker=2.2))
    looks = [Look(color, DASHES[style], 2.0) for color, style in line_styles(len(found.courses))]
    for course, look in zip(found.courses, looks, strict=True):
        _band(panel, course, look)
    ends = [_line(panel, course, look) for course, look in zip(found.courses, looks, strict=True)]
    at_ends(panel, ends, NAMES)
    name = re.sub(r"[^\w.]+", "-", f"label_efficiency-{found.title}-{found.preset}").strip("-")
    return drawing.plot(name, f"Dice by the number of labelled patients: {found.title}, preset {found.preset}")


def _dice(found: Efficiency) -> Scale:
    points = [*found.alone, *(point for course in found.courses for point in course.points)]
    ends = [end for point in points for end in (point.low, point.high, *point.seeds) if end is not None]
    return Scale.around(np.array(ends, np.float64))


def _band(panel: Panel, course: Course, look: Look) -> None:
    """Draw each interval as a stroke, and fill what is between neighbours that both have one."""
    for one in course.points:
        if one.low is not None and one.high is not None:
            (x,), ys = panel.xs(np.array([one.labeled])), panel.ys(np.array([one.low, one.high]))
            panel.drawing.strokes([(x, ys[0], x, ys[1])], Look(look.color, width=1.2, opacity=0.7))
    for first, second in zip(course.points, course.points[1:], strict=False):
        if first.low is not None and second.low is not None:
            lows, highs = (np.array([getattr(one, end) for one in (first, second)]) for end in ("low", "high"))
            xs = panel.xs(np.array([first.labeled, second.labeled], np.float64))
            panel.drawing.area(xs, panel.ys(lows), panel.ys(highs), Look(look.color, opacity=BAND))


def _line(panel: Panel, course: Course, look: Look) -> End:
    """Draw the means and the seeds, and return where the line ends."""
    panel.curve([point.labeled for point in course.points], [point.mean for point in course.points], look)
    seeds = np.array([(point.labeled, dice) for point in course.points for dice in point.seeds], np.float64)
    xs, ys = panel.xs(seeds[:, 0]), panel.ys(seeds[:, 1])
    panel.drawing.dots(xs, ys, Look(look.color, opacity=0.75, marker=2.6))
    last = course.points[-1]
    x, y = panel.xs(np.array([last.labeled]))[0], panel.ys(np.array([last.mean]))[0]
    return End(float(x), float(y), course.label, look)
