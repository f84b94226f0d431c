"""Figures of what was found inside a method: its pseudo-labels, and how its representations lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from reports.labels import at_ends, height_of
from reports.line import Line
from reports.panels import SMALL, Legend, Panel, Scale
from reports.plots import color_of, draw_curve, end_of, mean_at_common
from reports.reading import Curve, Quantities
from reports.spread import partly
from reports.summary import Group
from reports.svg import FAINT, GREY, NARROW_PAGE, Array, Drawing, Look, Plot

PANELS = (
    ("pseudo_dice", "Dice of pseudo-labels %"),
    ("confident_share", "sure pixels %"),
    ("confident_right", "right among the sure %"),
)
NAMES = 108.0
"""Room beside a panel for the names of its structures, in px."""
PLANE = 170.0
"""Width of the plane of pixels, in px."""
VIRIDIS = ("440154", "472d7b", "3b528b", "2c728e", "21918c", "28ae80", "5ec962", "addc30", "fde725")
"""Colours of matplotlib's map of that name, evenly from its beginning to its end."""


def diagnosed(group: Group) -> list[Line]:
    """Return the lines of which any record holds a diagnosis."""
    return [line for line in group.lines if _runs(line)]


def looked_into(line: Line) -> str:
    """Return of how many of a line's runs a diagnosis is, empty where it is of all."""
    return partly(len(_runs(line)), len(line.records))


def pseudo_label_curves(line: Line) -> Plot | None:
    """Return quality and confidence of a line's pseudo-labels over updates, by structure, the mean over seeds."""
    runs, shown = _runs(line), []
    for quantity, title in PANELS:
        points = {name: [run[quantity, name] for run in runs if (quantity, name) in run] for name in _names(line)}
        curves = {name: mean_at_common(found) for name, found in points.items() if found}
        if curves:
            shown.append((title, curves))
    if not shown:
        return None
    place, height = NARROW_PAGE, max(174.0, height_of(_names(line), NAMES))
    drawing = Drawing(place * len(shown), height + 76)
    for number, (title, curves) in enumerate(shown):
        updates = np.array([update for curve in curves.values() for _, update in curve], np.float64)
        box = number * place + 40, 28, place - NAMES - 44, height
        tile = drawing.tile((number * place, 0, place, drawing.height))
        panel = Panel(tile, *box, Scale.around(updates), Scale(-3, 103))
        panel.frame(title, "update")
        _named_curves(panel, line, curves)
    words = f"Quality and confidence of pseudo-labels over updates: {line.label}"
    return drawing.plot(f"pseudo_labels-{line.first.cell.id}", words)


def _named_curves(panel: Panel, line: Line, curves: Mapping[str, Curve]) -> None:
    """Draw a curve a structure with its name where it ends."""
    ends = []
    for structure, curve in curves.items():
        look = Look(_color(line, structure), marker=2.4)
        draw_curve(panel, curve, look, 100)
        ends.append(end_of(panel, curve, structure, look, 100))
    at_ends(panel, [end for end in ends if end is not None], NAMES)


def representations(line: Line) -> Plot | None:
    """Return cosines of class means, shares of negatives, and sampled pixels in the plane of the first seed."""
    tables = [table for loaded in line.records if (table := loaded.diagnosis()) is not None and len(table)]
    plane, table = line.records[0].embedding(), pd.concat(tables)
    if plane is None or not (table["quantity"] == "similarity").any():
        return None
    drawing = Drawing(3 * NARROW_PAGE, 300)
    lefts = [number * NARROW_PAGE for number in range(3)]
    tiles = [drawing.tile((left, 0, NARROW_PAGE, 300)) for left in lefts]
    _matrix(tiles[0], lefts[0] + 90, _pairs(line, table, "similarity"), "cosine of class means", _names(line))
    shares = _pairs(line, table, "negative_share")
    _matrix(tiles[1], lefts[1] + 90, shares, "share of a row's negatives", _names(line))
    x, y = (plane[name].to_numpy(np.float64) for name in ("x", "y"))
    panel = Panel(tiles[2], lefts[2] + 44, 28, PLANE, 230, Scale.around(x), Scale.around(y))
    panel.frame("pixels on two principal axes")
    of = plane["structure"].to_numpy(object)
    for structure in _names(line):
        mine = of == structure
        panel.drawing.dots(panel.xs(x[mine]), panel.ys(y[mine]), Look(_color(line, structure), opacity=0.6, marker=1.6))
    entries = [(name, Look(_color(line, name), width=0, marker=2.4)) for name in _names(line)]
    Legend(entries, NARROW_PAGE - PLANE - 52).draw(tiles[2], panel.left + PLANE + 4, 26)
    return drawing.plot(f"representations-{line.first.cell.id}", f"Representations of pixels: {line.label}")


def _pairs(line: Line, table: pd.DataFrame, quantity: str) -> Array:
    """Return the mean over seeds of a quantity of pairs of structures after the last update."""
    one = table[(table["quantity"] == quantity) & (table["update"] == table["update"].max())]
    values = one.pivot_table(index="structure", columns="other", values="value", aggfunc="mean")
    found: Array = values.reindex(index=_names(line), columns=_names(line)).to_numpy(np.float64)
    return found


def _matrix(drawing: Drawing, left: float, values: Array, title: str, names: Sequence[str]) -> None:
    """Draw a table of numbers from 0, or the least one below it, to 1 as colours."""
    size, top = 230 / len(names), 28.0
    drawing.text(left, top - 9, title)
    low = float(np.nanmin([0.0, *values.ravel()]))
    for row, name in enumerate(names):
        drawing.text(left - 6, top + (row + 0.5) * size + 4, name, SMALL, text_anchor="end")
        drawing.text(left + (row + 0.5) * size, top + 230 + 15, name, SMALL, text_anchor="middle")
        for column in range(len(names)):
            value, place = float(values[row, column]), (left + column * size, top + row * size, size, size)
            if not np.isfinite(value):
                drawing.box(place, GREY, opacity=FAINT)
                continue
            share = (value - low) / (1 - low)
            drawing.box(place, viridis(share))
            ink = {"fill": "#262626" if share > 0.55 else "#ffffff", "text_anchor": "middle"}
            drawing.text(place[0] + size / 2, place[1] + size / 2 + 4, f"{value:.2f}", SMALL, **ink)


def viridis(share: float) -> str:
    """Return the colour of a share from 0 to 1."""
    at = min(max(share, 0.0), 1.0) * (len(VIRIDIS) - 1)
    before = min(int(at), len(VIRIDIS) - 2)
    low, high = (np.array([int(one[place : place + 2], 16) for place in (0, 2, 4)]) for one in VIRIDIS[before:][:2])
    return "#{:02x}{:02x}{:02x}".format(*(int(part) for part in np.round(low + (at - before) * (high - low))))


def _runs(line: Line) -> list[Quantities]:
    """Return what was found in those of a line's runs that were looked into."""
    return [found for loaded in line.records if (found := loaded.quantities())]


def _names(line: Line) -> tuple[str, ...]:
    return ("background", *line.first.structures)


def _color(line: Line, structure: str) -> str:
    names = line.first.structures
    return color_of(names.index(structure) + 1) if structure in names else GREY
