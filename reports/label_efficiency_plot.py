"""Dice over the number of labelled patients: a line a method with its interval as a band, its name at its end.

More lines than a reader tells apart have a panel each, with all others in grey behind it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from reports.grid import HEIGHT, Grid
from reports.label_efficiency import Course, Efficiency
from reports.labels import End, at_ends, height_of
from reports.multiples import BEHIND, OWN, REFERENCE
from reports.panels import Counts, Entry, Legend, Panel, Scale
from reports.plots import DASHES, line_styles
from reports.svg import GREY, NARROW_PAGE, Drawing, Look, Plot

WIDTH, NAMES, LOWEST = 720.0, 300.0, 360.0
"""Of the panel and of the room for names, and least height of the panel, in px."""
BAND = 0.14
OWN_MEAN = Look(OWN, width=2.0)


def efficiency_plot(found: Efficiency) -> Plot:
    """Return the drawing. Its name is that of data set and schedule."""
    drawing = _each(found) if found.is_crowded else _together(found)
    name = re.sub(r"[^\w.]+", "-", f"label_efficiency-{found.title}-{found.preset}").strip("-")
    return drawing.plot(name, f"Dice by the number of labelled patients: {found.title}, preset {found.preset}")


def _together(found: Efficiency) -> Drawing:
    looks = [Look(color, DASHES[style], 2.0) for color, style in line_styles(len(found.courses))]
    height = max(LOWEST, height_of([course.label for course in found.courses], NAMES))
    drawing = Drawing(WIDTH + NAMES + 60, height + 80, _named_below(found, looks))
    at_ends(*_lines(Panel(drawing, 56, 30, WIDTH, height, Counts.of(found.counts), _dice(found)), found, looks), NAMES)
    return drawing


def _named_below(found: Efficiency, looks: Sequence[Look]) -> Drawing:
    """Return the same for a narrow page, the lines' names below the panel."""
    entries = [(course.label, look) for course, look in zip(found.courses, looks, strict=True)]
    legend = Legend(entries, NARROW_PAGE - 12)
    drawing = Drawing(NARROW_PAGE, LOWEST + 84 + legend.height)
    _lines(Panel(drawing, 56, 30, NARROW_PAGE - 72, LOWEST, Counts.of(found.counts), _dice(found)), found, looks)
    legend.draw(drawing, 8, LOWEST + 78)
    return drawing


def _lines(panel: Panel, found: Efficiency, looks: Sequence[Look]) -> tuple[Panel, list[End]]:
    """Draw all lines with their bands; return the panel, and where each ends."""
    panel.frame(f"{found.title}, preset {found.preset}", "labelled patients", "Dice %")
    _alone(panel, found)
    for course, look in zip(found.courses, looks, strict=True):
        _band(panel, course, look)
    return panel, [_line(panel, course, look) for course, look in zip(found.courses, looks, strict=True)]


def _each(found: Efficiency) -> Drawing:
    """Return a panel a line, the highest at its end first; supervised training is dashed in all, if there is one."""
    floors = [course for course in found.courses if course.is_floor]
    floor = floors[0] if len(floors) == 1 else None
    grid = Grid([course.label for course in found.courses], _key(found, floor))
    x, y = Counts.of(found.counts), _dice(found)
    behind = _behind(found, floor, Panel(Drawing(grid.width, HEIGHT), 0, 0, grid.width, HEIGHT, x, y))
    for number, course in enumerate(found.courses):
        panel = grid.panel(number, x, y)
        panel.frame(course.label, "labelled patients", "Dice %")
        panel.drawing.stamp(behind, panel.left, panel.top)
        _band(panel, course, OWN_MEAN)
        _line(panel, course, OWN_MEAN)
    return grid.drawing


def _key(found: Efficiency, floor: Course | None) -> list[Entry]:
    """Return what is drawn, for who sees the plot without its page."""
    entries = [
        (f"{found.title}, preset {found.preset}: mean, seeds, interval", Look(OWN, width=2.0, marker=2.6)),
        ("the other methods", BEHIND),
    ]
    return entries if floor is None else [*entries, (floor.label, REFERENCE)]


def _behind(found: Efficiency, floor: Course | None, panel: Panel) -> Drawing:
    """Return what every panel shows: all lines in grey, supervised training dashed, and what was run once."""
    _alone(panel, found)
    for course in found.courses:
        look = REFERENCE if course is floor else BEHIND
        panel.curve([point.labeled for point in course.points], [point.mean for point in course.points], look)
    return panel.drawing


def _alone(panel: Panel, found: Efficiency) -> None:
    alone = np.array([(point.labeled, point.mean) for point in found.alone], np.float64).reshape(-1, 2)
    panel.drawing.dots(panel.xs(alone[:, 0]), panel.ys(alone[:, 1]), Look(GREY, opacity=0.7, marker=2.2))


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
