"""Words beside what they name, so that no legend has to be looked up and none stands over another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import cos, pi, sin
from textwrap import wrap

import numpy as np

from reports.panels import SMALL, Panel, widest
from reports.svg import GREY, Array, Drawing, Look

LINE = 14.0
"""From one line of a label to the next, in px."""
SAMPLE, GAP = 16.0, 6.0
"""Length of the stroke before a label that shows its curve's look, and room around it, in px."""

Box = tuple[float, float, float, float]
"""Left, top, right and bottom."""


@dataclass(frozen=True)
class End:
    """The end of a curve in px, and what it is called."""

    x: float
    y: float
    words: str
    look: Look


def spread(wanted: Sequence[float], sizes: Sequence[float], begin: float, end: float) -> list[float]:
    """Return middles as near to the wanted ones as can be without any two of these sizes overlapping, in their order.

    Nearest by least squares (isotonic regression, pooling adjacent violators), within begin and end if all fit.
    """
    order = np.argsort(np.asarray(wanted, np.float64), kind="stable")
    ordered = np.asarray(sizes, np.float64)[order]
    before = np.cumsum(ordered) - ordered / 2
    pools: list[tuple[float, int]] = []
    for value in np.asarray(wanted, np.float64)[order] - before:
        pools.append((float(value), 1))
        while len(pools) > 1 and pools[-2][0] >= pools[-1][0]:
            (one, many), (other, more) = pools.pop(), pools.pop()
            pools.append(((one * many + other * more) / (many + more), many + more))
    moved = np.concatenate([np.full(many, value) for value, many in pools] or [np.empty(0)])
    found = np.empty(len(ordered))
    found[order] = np.maximum(np.minimum(moved, end - float(ordered.sum())), begin) + before
    return [float(one) for one in found]


def at_ends(panel: Panel, ends: Sequence[End], room: float) -> None:
    """Write the names of curves at the right of a panel, each as high as its curve ends. room: for them, in px."""
    letters = max(10, int((room - SAMPLE - 3 * GAP) / (0.56 * SMALL)))
    lines = [wrap(end.words, letters) or [""] for end in ends]
    heights = [LINE * len(one) + 2 for one in lines]
    edge = panel.left + panel.width
    for end, words, y in zip(ends, lines, _middles(panel, ends, heights), strict=True):
        begin = edge + GAP
        leader = np.array([end.x + 3, begin]), np.array([end.y, y])
        panel.drawing.path(*leader, Look(GREY, dash="1.5 3", width=0.9))
        panel.drawing.path(np.array([begin, begin + SAMPLE]), np.array([y, y]), replace(end.look, marker=0.0))
        panel.drawing.dots(np.array([begin + SAMPLE / 2]), np.array([y]), end.look)
        write(panel.drawing, begin + SAMPLE + GAP, y, words)


def height_of(words: Sequence[str], room: float) -> float:
    """Return how high names of curves are that stand below each other in a room's width, in px."""
    letters = max(10, int((room - SAMPLE - 3 * GAP) / (0.56 * SMALL)))
    return sum(LINE * max(1, len(wrap(one, letters))) + 2 for one in words)


def _middles(panel: Panel, ends: Sequence[End], heights: Sequence[float]) -> list[float]:
    return spread([end.y for end in ends], heights, panel.top - LINE / 2, panel.top + panel.height + LINE)


def write(drawing: Drawing, x: float, y: float, lines: Sequence[str], anchor: str = "start") -> None:
    """Write some lines around a middle."""
    for place, words in enumerate(lines):
        drawing.text(x, y + 4 + LINE * (place - (len(lines) - 1) / 2), words, SMALL, text_anchor=anchor)


def above(panel: Panel, names: Sequence[tuple[float, str, float]]) -> None:
    """Write names over a panel, each over a place or beside it where another is. names: value in x, words, foot in px.

    A stroke leads from each name down to its foot.
    """
    xs = [float(panel.xs(np.array([value]))[0]) for value, _, _ in names]
    widths = [widest([words]) + 2 * GAP for _, words, _ in names]
    middles = spread(xs, widths, panel.left - GAP, panel.left + panel.width + 2 * GAP)
    y = panel.top - 24
    for x, middle, (_, words, foot) in zip(xs, middles, names, strict=True):
        panel.drawing.text(middle, y, words, SMALL, text_anchor="middle")
        panel.drawing.path(np.array([middle, x, x]), np.array([y + 4, panel.top - 4, foot]), Look(GREY, width=0.9))


def beside(
    points: Sequence[tuple[float, float]], labels: Sequence[Sequence[str]], inside: Box, kept: Sequence[Box] = ()
) -> list[Box]:
    """Return where each label stands: as near to its point as is free of labels, points and what else is kept free.

    Where nothing inside is free it stands where it covers least.
    """
    taken: list[Box] = [*((x - 5, y - 5, x + 5, y + 5) for x, y in points), *kept]
    found = []
    for (x, y), lines in zip(points, labels, strict=True):
        size = widest(lines) + 2, LINE * len(lines)
        places = [_place(x, y, size, *step) for step in product(REACHES, ANGLES)]
        within = [one for one in places if _is_inside(one, inside)] or places
        best = _freest((x, y), within, np.array(taken))
        taken += [best, *_leader((x, y), best)]
        found.append(best)
    return found


def _freest(point: tuple[float, float], places: Sequence[Box], taken: Array) -> Box:
    """Return the first place that covers nothing and has a free way to its point, else the one that covers least."""
    found, least = places[0], float("inf")
    for place in places:
        covered = _covered(place, taken) + sum(_covered(step, taken) for step in _leader(point, place))
        if covered < least:
            found, least = place, covered
        if not covered:
            break
    return found


REACHES = (9.0, 16.0, 24.0, 34.0, 46.0, 60.0, 78.0, 100.0, 130.0, 170.0, 220.0)
ANGLES = tuple(pi * part / 12 for part in (0, 12, 2, -2, 10, -10, 3, -3, 9, -9, 6, -6, 4, -4, 8, -8, 5, -5, 7, -7))
"""How far from a point, and in which directions, its label may stand, those that are preferred first."""


def _place(x: float, y: float, size: tuple[float, float], reach: float, angle: float) -> Box:
    """Return the box of a size that touches, with its nearest side or corner, what is so far in a direction."""
    across, up = cos(angle), -sin(angle)
    left = x + reach * across - size[0] * (1 - across) / 2
    top = y + reach * up - size[1] * (1 - up) / 2
    return left, top, left + size[0], top + size[1]


def nearest(point: tuple[float, float], box: Box) -> tuple[float, float]:
    """Return the place of a box that is nearest to a point."""
    return min(max(point[0], box[0]), box[2]), min(max(point[1], box[1]), box[3])


def _leader(point: tuple[float, float], box: Box) -> list[Box]:
    """Return what a stroke from a point to its label runs over, beyond the point's dot."""
    end = np.array(nearest(point, box))
    length = float(np.hypot(*(end - point)))
    steps = np.arange(8.0, length, 4.0) / length if length else np.empty(0)
    places = np.array(point) + steps[:, None] * (end - point)
    return [(float(x) - 1, float(y) - 1, float(x) + 1, float(y) + 1) for x, y in places]


def _is_inside(one: Box, inside: Box) -> bool:
    return one[0] >= inside[0] and one[1] >= inside[1] and one[2] <= inside[2] and one[3] <= inside[3]


def _covered(one: Box, taken: Array) -> float:
    """Return how much of other boxes a box covers."""
    across = np.minimum(one[2], taken[:, 2]) - np.maximum(one[0], taken[:, 0])
    up = np.minimum(one[3], taken[:, 3]) - np.maximum(one[1], taken[:, 1])
    return float((np.maximum(across, 0) * np.maximum(up, 0)).sum())
