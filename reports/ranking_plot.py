"""The critical-difference plot (Demsar, JMLR 2006): mean ranks, and which methods are not told apart."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from textwrap import wrap

import numpy as np

from reports.labels import write
from reports.narrow_ranks import ranks_below_each_other
from reports.panels import PAGE, SMALL, Panel, Scale, widest
from reports.plots import COLORS, WIDE
from reports.summary import Group
from reports.svg import INK, Drawing, Look, Plot
from results.statistics.ranks import Ranking

TITLE = "Mean ranks of the methods; bars join those that can't be told apart, dots mark the members of a bar"
AXIS, BAR = 58.0, 12.0
"""Where the axis is, and how far bars are below it and each other, in px."""


def critical_difference_plot(
    group: Group, order: Sequence[int], apart: Collection[tuple[int, int]], ranking: Ranking
) -> Plot:
    """Return mean ranks; bars join what isn't told apart, with dots at members; a ruler is Nemenyi's distance.

    order: lines by number; apart: pairs of these.
    """
    ranks = {int(number): mean for number, mean in ranking.ranks.items()}
    labels = {number: wrap(f"{group.lines[number].label} ({ranks[number]:.2f})", WIDE) for number in order}
    ordered = sorted(order, key=lambda number: ranks[number])
    half = (len(ordered) + 1) // 2
    sides = ordered[:half], ordered[: half - 1 : -1]  # of each side the outermost rank stands highest
    levels = _levels([sorted(bar, key=lambda number: ranks[number]) for bar in _cliques(order, apart)], ranks)
    top = AXIS + BAR * (len(levels) + 1) + 16
    rows = _rows([[labels[number] for number in side] for side in sides], top)
    edges = [widest(line for number in side for line in labels[number]) + 12 for side in sides]
    drawing = Drawing(PAGE, max((y for side in rows for y in side), default=top) + 24)
    drawing.narrow = ranks_below_each_other(
        [(f"{group.lines[n].label} ({ranks[n]:.2f})", ranks[n]) for n in ordered],
        [[[ordered.index(number) for number in bar] for bar in level] for level in levels],
        ranking.critical_difference,
    )
    panel = _axis(drawing, edges, ranks, ranking.critical_difference)
    for side, ys, end in zip(sides, rows, (edges[0], PAGE - edges[1]), strict=True):
        for number, y in zip(side, ys, strict=True):
            _elbow(panel, ranks[number], (end, y), labels[number], (COLORS * 8)[number % (8 * len(COLORS))])
    for level, bars in enumerate(levels):
        for bar in bars:
            xs = panel.xs(np.array([ranks[number] for number in bar]))
            drawing.path(xs, np.full(len(xs), AXIS + BAR * (level + 1)), Look(INK, width=2.6, marker=3.2))
    return drawing.plot("ranks", TITLE)


def _rows(sides: Sequence[Sequence[Sequence[str]]], top: float) -> list[list[float]]:
    """Return where each side's labels stand, by their numbers of lines."""
    found = []
    for labels in sides:
        heights = [max(24.0, 10 + 14.0 * len(lines)) for lines in labels]
        ends = np.cumsum([top, *heights])
        found.append([float(end) - height / 2 for end, height in zip(ends[1:], heights, strict=True)])
    return found


def _axis(drawing: Drawing, edges: Sequence[float], ranks: Mapping[int, float], critical: float) -> Panel:
    """Draw the axis of ranks between the labels, and the ruler above it."""
    low, high = min(ranks.values()), max(ranks.values())
    scale = Scale.around(np.array([low, max(high, low + critical)]))
    panel = Panel(drawing, edges[0] + 12, AXIS, PAGE - sum(edges) - 24, 1, scale, Scale(0, 1))
    drawing.strokes([(panel.left, AXIS, panel.left + panel.width, AXIS)], Look(INK, width=0.9))
    ticks = panel.x.ticks(8)
    for x, value in zip(panel.xs(np.array(ticks)), ticks, strict=True):
        drawing.strokes([(x, AXIS - 5, x, AXIS)], Look(INK, width=0.9))
        drawing.text(x, AXIS - 9, f"{value:g}", SMALL, text_anchor="middle")
    begin, end = panel.xs(np.array([low, low + critical]))
    drawing.strokes([(begin, 24, end, 24), (begin, 20, begin, 28), (end, 20, end, 28)], Look(INK, width=2))
    drawing.text((begin + end) / 2, 15, f"CD = {critical:.1f}", SMALL, text_anchor="middle")
    return panel


def _elbow(panel: Panel, rank: float, end: tuple[float, float], lines: Sequence[str], color: str) -> None:
    """Draw a line from a rank down to its label, and the label. end: of the line."""
    x, left = float(panel.xs(np.array([rank]))[0]), end[0] < panel.left
    panel.drawing.path(np.array([x, x, end[0]]), np.array([AXIS, end[1], end[1]]), Look(color, width=1.8))
    panel.drawing.dots(np.array([x]), np.array([AXIS]), Look(color, marker=4))
    write(panel.drawing, end[0] + (-6 if left else 6), end[1], lines, "end" if left else "start")


def _levels(bars: Sequence[Sequence[int]], ranks: Mapping[int, float]) -> list[list[Sequence[int]]]:
    """Return bars from left to right in as few levels as none runs into another of its level."""
    levels: list[list[Sequence[int]]] = []
    for bar in sorted(bars, key=lambda one: ([ranks[number] for number in one], list(one))):
        level = next((one for one in levels if ranks[one[-1][-1]] < ranks[bar[0]]), None)
        if level is None:
            levels.append([bar])
        else:
            level.append(bar)
    return levels


def _cliques(order: Sequence[int], apart: Collection[tuple[int, int]]) -> list[frozenset[int]]:
    """Return the largest sets of two or more of which no pair is told apart: Bron & Kerbosch, CACM 1973, with pivot."""
    split = {frozenset(pair) for pair in apart}
    near = {one: {other for other in order if other != one and {one, other} not in split} for one in order}

    def grown(found: frozenset[int], open_: set[int], done: set[int]) -> Iterator[frozenset[int]]:
        if not open_ and not done:
            yield found
            return
        pivot = max(sorted(open_ | done), key=lambda one: len(near[one] & open_))
        for one in sorted(open_ - near[pivot]):
            yield from grown(found | {one}, open_ & near[one], done & near[one])
            open_, done = open_ - {one}, done | {one}

    return [found for found in grown(frozenset(), set(order), set()) if len(found) > 1]
