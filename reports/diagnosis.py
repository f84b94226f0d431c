"""Figures of what was found inside a method: its pseudo-labels, and how its representations lie."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from reports.line import Line
from reports.panels import SMALL, Legend, Panel, Scale
from reports.plots import COLORS, PAGE, draw_curve, mean_at_common
from reports.reading import Quantities
from reports.spread import partly
from reports.summary import Group
from reports.svg import GREY, PALE, Array, Drawing, Look

PANELS = (
    ("pseudo_dice", "Dice of pseudo-labels %"),
    ("confident_share", "sure pixels %"),
    ("confident_right", "right among the sure %"),
)
VIRIDIS = ("440154", "472d7b", "3b528b", "2c728e", "21918c", "28ae80", "5ec962", "addc30", "fde725")
"""Colours of matplotlib's map of that name, evenly from its beginning to its end."""


def diagnosed(group: Group) -> list[Line]:
    """Return the lines of which any record holds a diagnosis."""
    return [line for line in group.lines if _runs(line)]


def looked_into(line: Line) -> str:
    """Return of how many of a line's runs a diagnosis is, empty where it is of all."""
    return partly(len(_runs(line)), len(line.records))


def pseudo_label_curves(line: Line) -> str:
    """Return quality and confidence of a line's pseudo-labels over updates, by structure, the mean over seeds."""
    runs, drawing = _runs(line), Drawing(PAGE, 250)
    for place, (quantity, title) in enumerate(PANELS):
        found = {
            name: mean_at_common([run[quantity, name] for run in runs if (quantity, name) in run])
            for name in _names(line)
        }
        updates = np.array([update for curve in found.values() for _, update in curve], np.float64)
        panel = Panel(drawing, 40 + 325 * place, 28, 275, 174, Scale.around(updates), Scale(-3, 103))
        panel.frame(title, "update")
        for structure, curve in found.items():
            draw_curve(panel, curve, Look(_color(line, structure), marker=2.4), 100)
    _legend(line, drawing, 1.5)
    return drawing.encoded()


def representations(line: Line) -> str | None:
    """Return cosines of class means, shares of negatives, and sampled pixels in the plane of the first seed."""
    tables = [table for loaded in line.records if (table := loaded.diagnosis()) is not None and len(table)]
    plane, table = line.records[0].embedding(), pd.concat(tables)
    if plane is None or not (table["quantity"] == "similarity").any():
        return None
    drawing = Drawing(PAGE, 300)
    _matrix(drawing, 90, _pairs(line, table, "similarity"), "cosine of class means", _names(line))
    _matrix(drawing, 415, _pairs(line, table, "negative_share"), "share of a row's negatives", _names(line))
    x, y = (plane[name].to_numpy(np.float64) for name in ("x", "y"))
    panel = Panel(drawing, 700, 28, 240, 230, Scale.around(x), Scale.around(y))
    panel.frame("pixels on two principal axes")
    of = plane["structure"].to_numpy(object)
    for structure in _names(line):
        mine = of == structure
        drawing.dots(panel.xs(x[mine]), panel.ys(y[mine]), Look(_color(line, structure), opacity=0.6, marker=1.6))
    _legend(line, drawing, 0)
    return drawing.encoded()


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
                drawing.box(place, PALE)
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


def _legend(line: Line, drawing: Drawing, width: float) -> None:
    entries = [(name, Look(_color(line, name), width=width, marker=2.4)) for name in _names(line)]
    Legend(entries, PAGE - 980).draw(drawing, 975, 26)


def _runs(line: Line) -> list[Quantities]:
    """Return what was found in those of a line's runs that were looked into."""
    return [found for loaded in line.records if (found := loaded.quantities())]


def _names(line: Line) -> tuple[str, ...]:
    return ("background", *line.first.structures)


def _color(line: Line, structure: str) -> str:
    names = line.first.structures
    return COLORS[names.index(structure)] if structure in names else GREY
