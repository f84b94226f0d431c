"""Figures as self-contained PNG data: curves, cases, and contours on images."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from reports.spread import partly
from reports.summary import Group, Line

mpl.use("Agg")

COLORS = ("#0072B2", "#E69F00", "#CC3377", "#009E73", "#56B4E9", "#D55E00")  # Okabe & Ito: apart for all eyes
LINE_STYLES = ("solid", "dashed", "dashdot", "dotted")
NO_LOSSES = ("val_dice", "lr", "total", "effective_rank", "encoder_gradient")  # terms of a history
SLICES = 5
WIDE = 48  # characters of a label in one line beside panels, which a longer one would leave no room
DPI = 150


def encoded(figure: Figure) -> str:
    """Return a figure as a data URI."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI, bbox_inches="tight", facecolor="white", metadata={"Software": None})
    figure.clear()
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def validation_curves(group: Group) -> str | None:
    """Return validation Dice over updates: a thin line a seed, a thick one for their mean."""
    figure = Figure(figsize=(8, 3.6))
    axes = figure.subplots()
    drawn = False
    for line, (color, style) in zip(group.lines, line_styles(len(group.lines)), strict=True):
        seeds = [one for one in _term(line, "val_dice") if len(one)]
        for one in seeds:
            axes.plot(one["update"], 100 * one["value"], color=color, linestyle=style, linewidth=0.7, alpha=0.6)
        if seeds:
            mean, label = mean_at_common(seeds), named(line, len(seeds))
            axes.plot(mean.index, 100 * mean, color=color, linestyle=style, linewidth=2, label=label)
            drawn = True
    if not drawn:
        return None
    axes.set(xlabel="update", ylabel="validation Dice %", ylim=(0, 100))
    axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1, 1), handlelength=3.5)
    tidy(axes)
    return encoded(figure)


def mean_at_common(runs: Sequence[pd.DataFrame], keys: Sequence[str] = ("update",)) -> pd.Series[float]:
    """Return the mean value over runs at the updates that all of them have, so that no point is of fewer."""
    if not runs:
        return pd.DataFrame(columns=[*keys, "value"], dtype=float).set_index(list(keys))["value"]
    each = [one.groupby(list(keys), sort=False)["value"].mean() for one in runs]
    return pd.concat(each, axis=1, join="inner").mean(axis=1).rename("value")


def named(line: Line, runs: int) -> str:
    """Return a line's label, with of how many of its runs a curve is where it is not of all."""
    return f"{line.label} ({words})" if (words := partly(runs, len(line.records))) else line.label


def line_styles(count: int) -> list[tuple[str, str]]:
    """Return a colour and a line style each, no pair twice up to 24."""
    pairs = [(color, style) for style in LINE_STYLES for color in COLORS]
    return [pairs[number % len(pairs)] for number in range(count)]


def loss_curves(group: Group) -> str | None:
    """Return the loss terms of each method over updates, a panel a method, the mean over seeds."""
    lines = [line for line in group.lines if any(len(loaded.history()) for loaded in line.records)]
    if not lines:
        return None
    columns = min(2, len(lines))
    figure = Figure(figsize=(5 * columns, 2.8 * -(-len(lines) // columns)), layout="constrained")
    panels = np.atleast_1d(figure.subplots(-(-len(lines) // columns), columns)).ravel()
    for axes, line in zip(panels, lines, strict=False):
        tables = [table for loaded in line.records if len(table := loaded.history())]
        history = pd.concat(tables)
        terms = [term for term in history["term"].unique() if term not in NO_LOSSES]
        for term, color in zip(terms, COLORS * 4, strict=False):
            found = [one for table in tables if len(one := table[table["term"] == term])]
            one, of = mean_at_common(found), partly(len(found), len(tables))
            label = f"{term} ({of})" if of else term
            axes.plot(one.index, one, color=color, linewidth=1.2, label=label, marker="." if len(one) == 1 else "")
        ends = history.groupby("stage", sort=False)["update"].max().sort_values()
        for end in ends.iloc[:-1]:
            axes.axvline(end, color="0.6", linewidth=0.8, linestyle=":")
        axes.set_title(named(line, len(tables)), fontsize=9, loc="left")
        axes.set(xlabel="update", yscale="symlog")
        axes.set_yscale("symlog", linthresh=0.01)
        if (history.loc[history["term"].isin(terms), "value"] >= 0).all():
            axes.set_ylim(bottom=max(0.0, axes.get_ylim()[0]))
        axes.legend(frameon=False, fontsize=7)
        tidy(axes)
    for axes in panels[len(lines) :]:
        axes.set_visible(False)
    return encoded(figure)


def case_scores(group: Group, rule: str) -> str:
    """Return the Dice of each test case: a box over all seeds and a point a case and seed."""
    table = pd.concat([_cases(line, rule) for line in group.lines])
    count = len(group.structures)
    figure = Figure(figsize=(3.6 * count, 0.55 * len(group.lines) + 1.4), layout="constrained")
    panels = np.atleast_1d(figure.subplots(1, count, sharey=True))
    for axes, structure in zip(panels, group.structures, strict=True):
        one = table[table["structure"] == structure]
        sns.boxplot(one, x="dice", y="method", ax=axes, color="0.92", fliersize=0, linewidth=0.8, order=_labels(group))
        sns.stripplot(
            one, x="dice", y="method", hue="method", ax=axes, size=2.4, alpha=0.55, legend=False,
            palette=[color for _, color in _colored(group.lines)], order=_labels(group), hue_order=_labels(group),
            jitter=False,
        )  # fmt: skip
        axes.set(xlabel="Dice %", ylabel="", xlim=(-3, 103))
        axes.set_title(structure, fontsize=10, loc="left")
        tidy(axes)
    panels[0].set_yticks(range(len(group.lines)), [fill(label, WIDE) for label in _labels(group)], fontsize=8)
    return encoded(figure)


def gallery(line: Line) -> str | None:
    """Return contours of reference and prediction on the best, median and worst test case, or None if not kept."""
    pictures = line.records[0].gallery()
    if pictures is None:
        return None
    figure = Figure(figsize=(2.1 * SLICES, 6.6), layout="constrained")
    panels = figure.subplots(3, SLICES)
    for row, place in zip(panels, ("best", "median", "worst"), strict=True):
        _gallery_row(row, {key: pictures[f"{place}/{key}"] for key in ("image", "reference", "prediction")})
        name, dice = str(pictures[f"{place}/name"]), float(pictures[f"{place}/dice"])
        row[0].set_title(f"{place}: {name}, mean Dice {100 * dice:.1f} %", fontsize=9, loc="left")
    figure.legend(handles=_legend(line), loc="outside lower center", ncols=6, frameon=False, fontsize=9)
    return encoded(figure)


def _gallery_row(row: Sequence[Axes], volume: Mapping[str, npt.NDArray[Any]]) -> None:
    shown = _spread_slices(volume["reference"])
    for axes, number in zip(row, shown, strict=False):
        axes.imshow(volume["image"][number], cmap="gray", vmin=0, vmax=255)
        for label, color in enumerate(COLORS[:3], 1):
            for kind, style in (("reference", "solid"), ("prediction", "dashed")):
                mask = volume[kind][number] == label
                if mask.any():
                    axes.contour(mask, [0.5], colors=[color], linewidths=1.1, linestyles=style)
        axes.text(0.03, 0.03, f"slice {number + 1}", transform=axes.transAxes, color="white", fontsize=7)
    for axes in row:
        axes.set_axis_off()


def _spread_slices(reference: npt.NDArray[Any]) -> list[int]:
    """Return up to five slices evenly from the first to the last that holds a structure."""
    filled = np.flatnonzero(reference.any((1, 2)))
    first, last = (int(filled[0]), int(filled[-1])) if len(filled) else (0, len(reference) - 1)
    return sorted({round(number) for number in np.linspace(first, last, SLICES).tolist()})


def _legend(line: Line) -> list[Line2D]:
    names = zip(line.first.structures, COLORS, strict=False)
    solid = Line2D([], [], color="0.3", linestyle="solid", label="reference")
    dashed = Line2D([], [], color="0.3", linestyle="dashed", label="prediction")
    return [*(Line2D([], [], color=color, label=name) for name, color in names), solid, dashed]


def _cases(line: Line, rule: str) -> pd.DataFrame:
    tables = []
    for loaded in line.records:
        cases = loaded.cases()
        mine = (cases["rule"] == rule) & (cases["predictor"] == loaded.record.headline.predictor) & cases["counted"]
        tables.append(cases[mine])
    table = pd.concat(tables)
    return table.assign(dice=100 * table["dice"], method=line.label)


def _term(line: Line, term: str) -> list[pd.DataFrame]:
    histories = (loaded.history() for loaded in line.records)
    return [history[history["term"] == term] for history in histories]


def _labels(group: Group) -> list[str]:
    return [line.label for line in group.lines]


def _colored(lines: Sequence[Line]) -> list[tuple[Line, str]]:
    return [(line, (COLORS * 8)[number]) for number, line in enumerate(lines)]


def tidy(axes: Axes) -> None:
    """Remove what frames a plot without telling anything, and put a light grid behind it."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="both", color="0.92", linewidth=0.6)
    axes.set_axisbelow(True)
