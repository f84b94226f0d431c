"""Curves of training and scores of cases, drawn as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import ceil, nan
from statistics import fmean
from textwrap import wrap

import numpy as np

from reports.findings import Findings
from reports.line import Line
from reports.panels import SMALL, Entry, Legend, Panel, Scale, title_lines, widest
from reports.reading import Point, Terms
from reports.spread import partly
from reports.summary import Group
from reports.svg import Array, Drawing, Look

COLORS = ("#0072B2", "#E69F00", "#CC3377", "#009E73", "#56B4E9", "#D55E00")  # Okabe & Ito: apart for all eyes
DASHES = {"solid": "", "dashed": "7 3", "dashdot": "7 2.5 1.5 2.5", "dotted": "1.6 2.6"}
LINE_STYLES = tuple(DASHES)
NO_LOSSES = ("val_dice", "lr", "total", "effective_rank", "encoder_gradient")  # terms of a history
WIDE = 48  # characters of a label in one line beside panels, which a longer one would leave no room
PAGE, LOSSES = 1120.0, 312.0
"""Widths of a figure, which is about that of the page, and of a panel of loss terms, in px."""
STRAIGHT = 0.01
"""Losses and gradients below it are drawn on a linear scale, as 0 is one of them."""

Curve = Mapping[tuple[str, int], float]
"""A value by stage and update, in their order."""


def validation_curves(group: Group) -> str | None:
    """Return validation Dice over updates: a thin line a seed, a thick one for their mean."""
    terms = [[loaded.terms().get("val_dice", ()) for loaded in line.records] for line in group.lines]
    looks, lengths = line_styles(len(group.lines)), [sum(map(bool, seeds)) for seeds in terms]
    if not any(lengths):
        return None
    entries: list[Entry] = [
        (named(line, length), Look(color, DASHES[style], 2.2))
        for line, length, (color, style) in zip(group.lines, lengths, looks, strict=True)
        if length
    ]
    legend = Legend(entries, 420)
    drawing = Drawing(PAGE, max(350, legend.height + 20))
    updates = np.array([point[1] for seeds in terms for seed in seeds for point in seed], np.float64)
    panel = Panel(drawing, 60, 20, 610, 280, Scale.around(updates), Scale(0, 100))
    panel.frame("", "update", "validation Dice %")
    for seeds, (color, style) in zip(terms, looks, strict=True):
        for seed in filter(None, seeds):
            draw_curve(panel, mean_at_common([seed]), Look(color, DASHES[style], 0.8, 0.6), 100)
        if any(seeds):
            draw_curve(panel, mean_at_common(list(filter(None, seeds))), Look(color, DASHES[style], 2.2), 100)
    legend.draw(drawing, 690, 16)
    return drawing.encoded()


def mean_at_common(runs: Sequence[Sequence[Point]], by_stage: bool = False) -> Curve:
    """Return the mean value over runs at the updates that all of them have, so that no point is of fewer.

    by_stage: whether an update counts once in each stage; else stages are told together, and named by none.
    """
    each = [_by_update(run, by_stage) for run in runs]
    first, *others = each = each or [{}]
    common = (key for key in first if all(key in one for one in others))
    return {key: _mean([one[key] for one in each]) for key in common}


def _by_update(run: Sequence[Point], by_stage: bool) -> Curve:
    found: dict[tuple[str, int], list[float]] = {}
    for stage, update, value in run:
        found.setdefault((stage if by_stage else "", update), []).append(value)
    return {key: _mean(values) for key, values in found.items()}


def _mean(values: Sequence[float]) -> float:
    """Return the mean of what is a number, NaN where nothing is."""
    known = [value for value in values if value == value]
    return fmean(known) if known else nan


def named(line: Line, runs: int) -> str:
    """Return a line's label, with of how many of its runs a curve is where it is not of all."""
    return f"{line.label} ({words})" if (words := partly(runs, len(line.records))) else line.label


def line_styles(count: int) -> list[tuple[str, str]]:
    """Return a colour and a line style each, no pair twice up to 24."""
    pairs = [(color, style) for style in LINE_STYLES for color in COLORS]
    return [pairs[number % len(pairs)] for number in range(count)]


def loss_curves(group: Group) -> str | None:
    """Return the loss terms of each method over updates, a panel a method, the mean over seeds."""
    every = ((line, [terms for loaded in line.records if (terms := loaded.terms())]) for line in group.lines)
    lines = [(line, runs) for line, runs in every if runs]
    if not lines:
        return None
    columns = min(2, len(lines))
    head = 12 + 14 * max(len(title_lines(named(line, len(runs)), LOSSES)) for line, runs in lines)
    drawing = Drawing(columns * PAGE / 2, (head + 236) * ceil(len(lines) / columns))
    for number, (line, runs) in enumerate(lines):
        corner = number % columns * PAGE / 2, number // columns * (head + 236) + head
        _losses(drawing, corner, line, runs)
    return drawing.encoded()


def _losses(drawing: Drawing, corner: tuple[float, float], line: Line, runs: Sequence[Terms]) -> None:
    """Draw a line's loss terms into a place of a drawing, with their names at the right. corner: below the title."""
    names = dict.fromkeys(term for terms in runs for term in terms if term not in NO_LOSSES)
    found = {term: [terms[term] for terms in runs if term in terms] for term in names}
    curves = {term: mean_at_common(points) for term, points in found.items()}
    looks = [
        Look(color, DASHES[style]) if len(curve) > 1 else Look(color, marker=2.5)
        for (color, style), curve in zip(line_styles(len(names)), curves.values(), strict=True)
    ]
    updates = np.array([update for curve in curves.values() for _, update in curve], np.float64)
    values = np.array([value for curve in curves.values() for value in curve.values()], np.float64)
    y = Scale.around(values, STRAIGHT)
    y = y.from_zero() if all(point[2] >= 0 for points in found.values() for run in points for point in run) else y
    panel = Panel(drawing, corner[0] + 48, corner[1], LOSSES, 190, Scale.around(updates), y)
    panel.frame(named(line, len(runs)), "update")
    panel.upright(_ends(runs)[:-1])
    for curve, look in zip(curves.values(), looks, strict=True):
        draw_curve(panel, curve, look)
    words = [f"{term} ({of})" if (of := partly(len(found[term]), len(runs))) else term for term in names]
    Legend(list(zip(words, looks, strict=True)), PAGE / 2 - LOSSES - 62).draw(
        drawing, corner[0] + LOSSES + 58, corner[1]
    )


def _ends(runs: Sequence[Terms]) -> list[int]:
    """Return the last update that was logged of each stage, in their order."""
    last: dict[str, int] = {}
    for terms in runs:
        for stage, update, _ in (point for points in terms.values() for point in points):
            last[stage] = max(update, last.get(stage, 0))
    return sorted(last.values())


def draw_curve(panel: Panel, curve: Curve, look: Look, factor: float = 1) -> None:
    """Draw a curve over its updates, values times a factor."""
    panel.curve([update for _, update in curve], [factor * value for value in curve.values()], look)


def case_scores(found: Findings) -> str:
    """Return the Dice of each test case: a box over all seeds and a point a case and seed."""
    labels = [wrap(line.label, WIDE) for line in found.group.lines]
    tops = np.cumsum([0.0, *(max(36.0, 16 + 14 * len(lines)) for lines in labels)])
    left, structures = widest(line for lines in labels for line in lines) + 14, found.group.structures
    width = (max(PAGE, left + 200 * len(structures)) - left) / len(structures)
    drawing = Drawing(left + width * len(structures), float(tops[-1]) + 70)
    for place, structure in enumerate(structures):
        panel = Panel(drawing, left + place * width, 26, width - 18, float(tops[-1]), Scale(-3, 103), Scale(0, 1))
        panel.frame(structure, "Dice %", labels=False)
        for number, (top, end) in enumerate(pairwise(tops)):
            dice = 100 * found.scores[found.rule].dice[number, structure]
            _cases(panel, dice[np.isfinite(dice)], 26 + float(top + end) / 2, COLORS[number % len(COLORS)])
    for lines, top, end in zip(labels, tops, tops[1:], strict=False):
        for row, words in enumerate(lines):
            y = 30 + float(top + end) / 2 + 14 * (row - (len(lines) - 1) / 2)
            drawing.text(left - 8, y, words, SMALL, text_anchor="end")
    return drawing.encoded()


def _cases(panel: Panel, dice: Array, y: float, color: str) -> None:
    """Draw quartiles as a box, whiskers to what is within 1.5 boxes of it, and each case."""
    if not len(dice):
        return
    low, middle, high = np.percentile(dice, (25, 50, 75))
    reach = 1.5 * (high - low)
    ends = (min(low, dice[dice >= low - reach].min()), low, middle, high, max(high, dice[dice <= high + reach].max()))
    first, low, middle, high, last = panel.xs(np.array(ends))
    line = Look("#5b6675", width=0.9)
    panel.drawing.strokes([(first, y, low, y), (high, y, last, y)], line)
    panel.drawing.strokes([(one, y - 6, one, y + 6) for one in (first, last)], line)
    panel.drawing.box((low, y - 12, high - low, 24), "#ebebeb", "#5b6675")
    panel.drawing.strokes([(middle, y - 12, middle, y + 12)], Look("#1b2430", width=1.4))
    panel.drawing.dots(panel.xs(dice), np.full(len(dice), y), Look(color, opacity=0.55, marker=1.9))
