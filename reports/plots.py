"""Curves of training and scores of cases, drawn as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import ceil, isfinite, nan
from statistics import fmean
from textwrap import wrap
from typing import NamedTuple

import numpy as np

from reports.findings import Findings
from reports.floor import floor_of
from reports.labels import End, at_ends, height_of, write
from reports.line import Line
from reports.multiples import Multiple, Multiples
from reports.panels import PAGE, SMALL, Panel, Scale, title_lines, widest
from reports.reading import Curve, Point, Terms
from reports.spread import partly
from reports.summary import Group
from reports.svg import FAINT, GREY, INK, NARROW_PAGE, Array, Drawing, Look, Plot

COLORS = ("#0072B2", "#E69F00", "#CC3377", "#009E73", "#56B4E9", "#D55E00")  # Okabe & Ito: apart for all eyes
DASHES = {"solid": "", "dashed": "7 3", "dashdot": "7 2.5 1.5 2.5", "dotted": "1.6 2.6"}
LINE_STYLES = tuple(DASHES)
NO_LOSSES = ("val_dice", "lr", "total", "effective_rank", "encoder_gradient")  # terms of a history
WIDE = 48  # characters of a label in one line beside panels, which a longer one would leave no room
LOSSES, HEIGHT = 180.0, 170.0
"""Size of a panel of loss terms, in px."""
CASES = Scale(-3, 103)
"""Of a case's Dice in per cent."""
STRAIGHT = 0.01
"""Losses and gradients below it are drawn on a linear scale, as 0 is one of them."""


def validation_curves(group: Group) -> Plot | None:
    """Return validation Dice over updates, a panel a method; None where no run has any."""
    panels = []
    for line, runs in zip(group.lines, _validated(group), strict=True):
        seeds = [mean_at_common([run]) for run in runs]
        panels.append(Multiple(named(line, len(runs)), mean_at_common(runs), seeds if len(seeds) > 1 else ()))
    drawn = Multiples("validation_curves", "Validation Dice over updates", "Dice %", 100, Scale(0, 100))
    return drawn.plot(panels, floor_of(group))


def _validated(group: Group) -> list[list[Sequence[Point]]]:
    """Return the validation Dice of each line's runs that have any."""
    return [
        [points for loaded in line.records if (points := loaded.terms().get("val_dice", ()))] for line in group.lines
    ]


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
    if len(values) == 1:
        return values[0] + 0.0  # what a mean of it alone is, to the sign of 0
    known = [value for value in values if value == value]
    return fmean(known) if known else nan


def named(line: Line, runs: int) -> str:
    """Return a line's label, with of how many of its runs a curve is where it is not of all."""
    return f"{line.label} ({words})" if (words := partly(runs, len(line.records))) else line.label


def line_styles(count: int) -> list[tuple[str, str]]:
    """Return a colour and a line style each, no pair twice up to 24."""
    pairs = [(color, style) for style in LINE_STYLES for color in COLORS]
    return [pairs[number % len(pairs)] for number in range(count)]


def color_of(label: int) -> str:
    """Return the colour of a structure's label, from 1 on; by turns where there are more than colours."""
    return COLORS[(label - 1) % len(COLORS)]


def loss_curves(group: Group) -> Plot | None:
    """Return the loss terms of each method over updates, a panel a method, the mean over seeds."""
    every = ((line, [terms for loaded in line.records if (terms := loaded.terms())]) for line in group.lines)
    lines = [(line, runs) for line, runs in every if runs]
    if not lines:
        return None
    columns = min(3, len(lines))
    head = 12 + 14 * max(len(title_lines(named(line, len(runs)), LOSSES)) for line, runs in lines)
    height = max(HEIGHT, *(height_of(list(_losses_of(runs)), _room()) for _, runs in lines))
    row = head + height + 46
    drawing = Drawing(columns * NARROW_PAGE, row * ceil(len(lines) / columns))
    for number, (line, runs) in enumerate(lines):
        left, top = number % columns * NARROW_PAGE, number // columns * row
        tile = drawing.tile((left, top, NARROW_PAGE, row))
        _losses(Place(tile, left, top + head, height), line, runs)
    return drawing.plot("loss_curves", "Loss terms over updates, a panel a method")


class Place(NamedTuple):
    """Where a panel is drawn: its left upper corner, and its height, in px."""

    drawing: Drawing
    left: float
    top: float
    height: float


def _room() -> float:
    """Return the width of what stands beside a panel of losses, in px."""
    return NARROW_PAGE - LOSSES - 48


def _losses_of(runs: Sequence[Terms]) -> dict[str, list[Sequence[Point]]]:
    """Return the points of each loss term, a sequence a run that logged it, by words that say of how many that is."""
    names = dict.fromkeys(term for terms in runs for term in terms if term not in NO_LOSSES)
    found = {term: [terms[term] for terms in runs if term in terms] for term in names}
    return {
        f"{term} ({of})" if (of := partly(len(of_runs), len(runs))) else term: of_runs
        for term, of_runs in found.items()
    }


def _losses(place: Place, line: Line, runs: Sequence[Terms]) -> None:
    """Draw a line's loss terms, with the name of each where its curve ends."""
    found = _losses_of(runs)
    curves = {words: mean_at_common(points) for words, points in found.items()}
    looks = [
        Look(color, DASHES[style]) if len(curve) > 1 else Look(color, marker=2.5)
        for (color, style), curve in zip(line_styles(len(curves)), curves.values(), strict=True)
    ]
    updates = np.array([update for curve in curves.values() for _, update in curve], np.float64)
    values = np.array([value for curve in curves.values() for value in curve.values()], np.float64)
    y = Scale.around(values, STRAIGHT)
    y = y.from_zero() if all(point[2] >= 0 for points in found.values() for run in points for point in run) else y
    panel = Panel(place.drawing, place.left + 48, place.top, LOSSES, place.height, Scale.around(updates), y)
    panel.frame(named(line, len(runs)), "update")
    panel.upright(_ends(runs)[:-1])
    for curve, look in zip(curves.values(), looks, strict=True):
        draw_curve(panel, curve, look)
    ends = [end_of(panel, curve, words, look) for (words, curve), look in zip(curves.items(), looks, strict=True)]
    at_ends(panel, [end for end in ends if end is not None], _room())


def end_of(panel: Panel, curve: Curve, words: str, look: Look, factor: float = 1) -> End | None:
    """Return where a curve ends, for its name; None where none of its values is a number."""
    known = [(update, factor * value) for (_, update), value in curve.items() if isfinite(value)]
    if not known:
        return None
    x, y = known[-1]
    return End(float(panel.xs(np.array([x]))[0]), float(panel.ys(np.array([y]))[0]), words, look)


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


def case_scores(found: Findings) -> Plot:
    """Return the Dice of each test case: a box over all seeds and a point a case and seed."""
    labels = [wrap(line.label, WIDE) for line in found.group.lines]
    tops = np.cumsum([0.0, *(max(36.0, 16 + 14 * len(lines)) for lines in labels)])
    left, structures = widest(line for lines in labels for line in lines) + 14, found.group.structures
    width = (max(PAGE, left + 200 * len(structures)) - left) / len(structures)
    drawing = Drawing(left + width * len(structures), float(tops[-1]) + 70, _cases_below(found))
    middles = [26 + float(top + end) / 2 for top, end in pairwise(tops)]
    for place, structure in enumerate(structures):
        panel = Panel(drawing, left + place * width, 26, width - 18, float(tops[-1]), CASES, Scale(0, 1))
        _structure(panel, found, structure, middles)
    for lines, middle in zip(labels, middles, strict=True):
        write(drawing, left - 8, middle, lines, "end")
    return drawing.plot("case_scores", "Dice of each test case by method, a panel a structure")


def _cases_below(found: Findings) -> Drawing:
    """Return the same with the panels below each other, and a name over each box."""
    labels = [wrap(line.label, int(NARROW_PAGE / (0.58 * SMALL))) for line in found.group.lines]
    tops = np.cumsum([0.0, *(34 + 14 * len(lines) for lines in labels)])
    each = float(tops[-1]) + 80
    drawing = Drawing(NARROW_PAGE, each * len(found.group.structures))
    for place, structure in enumerate(found.group.structures):
        top = 26 + place * each
        panel = Panel(drawing, 12, top, NARROW_PAGE - 30, float(tops[-1]), CASES, Scale(0, 1))
        _structure(panel, found, structure, [top + float(end) - 17 for end in tops[1:]])
        for lines, begin in zip(labels, tops, strict=False):
            write(drawing, 16, top + float(begin) + 4 + 7 * len(lines), lines)
    return drawing


def _structure(panel: Panel, found: Findings, structure: str, middles: Sequence[float]) -> None:
    """Draw the cases of all lines on a structure. middles: of the lines' rows."""
    panel.frame(structure, "Dice %", ticks="x")
    for number, middle in enumerate(middles):
        dice = 100 * found.scores[found.rule].dice[number, structure]
        _cases(panel, dice[np.isfinite(dice)], middle, COLORS[number % len(COLORS)])


def _cases(panel: Panel, dice: Array, y: float, color: str) -> None:
    """Draw quartiles as a box, whiskers to what is within 1.5 boxes of it, and each case."""
    if not len(dice):
        return
    low, middle, high = np.percentile(dice, (25, 50, 75))
    reach = 1.5 * (high - low)
    ends = (min(low, dice[dice >= low - reach].min()), low, middle, high, max(high, dice[dice <= high + reach].max()))
    first, low, middle, high, last = panel.xs(np.array(ends))
    line = Look(GREY, width=0.9)
    panel.drawing.strokes([(first, y, low, y), (high, y, last, y)], line)
    panel.drawing.strokes([(one, y - 6, one, y + 6) for one in (first, last)], line)
    panel.drawing.box((low, y - 12, high - low, 24), GREY, GREY, FAINT)
    panel.drawing.strokes([(middle, y - 12, middle, y + 12)], Look(INK, width=1.4))
    panel.drawing.dots(panel.xs(dice), np.full(len(dice), y), Look(color, opacity=0.55, marker=1.9))
