"""Figures of what was found inside a method: its pseudo-labels, and how its representations lie."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from reports.plots import COLORS, encoded, mean_at_common, tidy
from reports.spread import partly
from reports.summary import Group, Line

GREY = "0.6"
PANELS = (
    ("pseudo_dice", "Dice of pseudo-labels %"),
    ("confident_share", "sure pixels %"),
    ("confident_right", "right among the sure %"),
)


def diagnosed(group: Group) -> list[Line]:
    """Return the lines of which any record holds a diagnosis."""
    return [line for line in group.lines if _tables(line)]


def looked_into(line: Line) -> str:
    """Return of how many of a line's runs a diagnosis is, empty where it is of all."""
    return partly(len(_tables(line)), len(line.records))


def pseudo_label_curves(line: Line) -> str:
    """Return quality and confidence of a line's pseudo-labels over updates, by structure, the mean over seeds."""
    tables = _tables(line)
    figure = Figure(figsize=(10, 2.6), layout="constrained")
    for axes, (quantity, title) in zip(figure.subplots(1, len(PANELS)), PANELS, strict=True):
        for structure in ("background", *line.first.structures):
            found = [one[(one["quantity"] == quantity) & (one["structure"] == structure)] for one in tables]
            mine = mean_at_common([one for one in found if len(one)])
            if len(mine):
                axes.plot(mine.index, 100 * mine, color=_color(line, structure), marker=".")
        axes.set(xlabel="update", ylim=(-3, 103))
        axes.set_title(title, fontsize=9, loc="left")
        tidy(axes)
    _legend(axes, line)
    return encoded(figure)


def representations(line: Line) -> str | None:
    """Return cosines of class means, shares of negatives, and sampled pixels in the plane of the first seed."""
    found, plane = _tables(line), line.records[0].embedding()
    table = pd.concat(found)
    if plane is None or not (table["quantity"] == "similarity").any():
        return None
    figure = Figure(figsize=(10, 3.0), layout="constrained")
    panels = figure.subplots(1, 3)
    _matrix(panels[0], table, "similarity", "cosine of class means", line)
    _matrix(panels[1], table, "negative_share", "share of a row's negatives", line)
    for structure in ("background", *line.first.structures):
        mine = plane[plane["structure"] == structure]
        panels[2].scatter(mine["x"], mine["y"], s=4, alpha=0.6, color=_color(line, structure))
    panels[2].set_title("pixels on two principal axes", fontsize=9, loc="left")
    _legend(panels[2], line)
    tidy(panels[2])
    return encoded(figure)


def _matrix(axes: Axes, table: pd.DataFrame, quantity: str, title: str, line: Line) -> None:
    names = ["background", *line.first.structures]
    one = table[(table["quantity"] == quantity) & (table["update"] == table["update"].max())]
    values = one.pivot_table(index="structure", columns="other", values="value", aggfunc="mean")
    values = values.reindex(index=names, columns=names)
    style: dict[str, Any] = {"cmap": "viridis", "vmin": np.nanmin([0, values.min().min()]), "vmax": 1, "cbar": False}
    sns.heatmap(values, ax=axes, annot=True, fmt=".2f", annot_kws={"fontsize": 8}, square=True, **style)
    axes.set(xlabel="", ylabel="")
    axes.set_title(title, fontsize=9, loc="left")
    axes.tick_params(labelsize=8)


def _legend(axes: Axes, line: Line) -> None:
    names = ("background", *line.first.structures)
    marks = [Line2D([], [], color=_color(line, name), marker=".", label=name) for name in names]
    axes.legend(handles=marks, frameon=False, fontsize=7, loc="upper left", bbox_to_anchor=(1, 1))


def _tables(line: Line) -> list[pd.DataFrame]:
    found = (loaded.diagnosis() for loaded in line.records)
    return [table for table in found if table is not None and len(table)]


def _color(line: Line, structure: str) -> str:
    names = line.first.structures
    return COLORS[names.index(structure)] if structure in names else GREY
