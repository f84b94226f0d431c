"""What another paper's script would have said: the same predictions under every named convention."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from benchmark.metrics.conventions import CONVENTIONS, DEFAULT, Convention, Cost
from reports.line import Line
from reports.networks import without_former
from reports.spread import partly
from reports.summary import Group

METRICS = {"dice": "Dice %", "hd95": "HD95", "asd": "ASD"}
HIGHER = {"dice"}
PERCENTILES = {
    "pooled": "95th percentile of both directions pooled",
    "larger": "larger of the two directed 95th percentiles",
    "larger_rank": "larger of the two directed values at rank 0.95 n",
}
DIRECTIONS = {"symmetric": "both directions", "prediction": "prediction to reference"}
DIGITS = 9  # ranks by rounded values, so that a last bit makes no order


@dataclass(frozen=True)
class Said:
    """One cell: the number as printed, its rank among the lines, and whether that is another than under the default.

    moved: among the lines that have a mean under both. partly: of how many of the row's runs it is, empty where it is
    of all.
    """

    text: str
    rank: int | None
    moved: bool
    partly: str = ""


@dataclass(frozen=True)
class Restated:
    """A metric's table: for each line, a cell a convention; and whether any ranking changes.

    partly: for each row, how many of its line's runs hold the conventions, empty where all do.
    """

    title: str
    rows: tuple[tuple[Line, tuple[Said, ...]], ...]
    moved: bool
    partly: tuple[str, ...] = ()


def restated(group: Group) -> Mapping[str, object] | None:
    """Return tables by metric, conventions, and lines whose records lack the scores; None where no record has them.

    Ceilings beside the table's lines are shown and not ranked, nor are those of the network before the released one
    where that was run.
    """
    tables = _runs(group)
    if not tables:
        return None
    lacking = [line.label for number, line in enumerate(group.lines) if number not in tables]
    return {
        "tables": [_table(group, tables, metric) for metric in METRICS],
        "conventions": list(CONVENTIONS),
        "lacking": lacking,
        "partial": any(_kept(group.lines[number]) < len(group.lines[number].records) for number in tables),
        "seeds": max(_kept(group.lines[number]) for number in tables),
    }


def definitions() -> list[Mapping[str, str]]:
    """Return the conventions as text: unit, percentile, ASD, empty masks, resizing, source."""
    return [_definition(one) for one in CONVENTIONS.values()]


def _runs(group: Group) -> Mapping[int, pd.DataFrame]:
    """Return each run's mean over structures of the means over cases: a row a run and convention, a column a metric.

    By number of the line, none of a line of which no run holds conventions. What a convention leaves out is left out
    of the mean. The tables of all runs are averaged at once.
    """
    held = [(number, loaded.conventions()) for number, line in enumerate(group.lines) for loaded in line.records]
    tables = [(number, table) for number, table in held if table is not None]
    if not tables:
        return {}
    keys, columns = ["convention", "structure"], list(METRICS)
    together = pd.concat({run: table[[*keys, *columns]] for run, (_, table) in enumerate(tables)}, names=["run"])
    cases = together.groupby(["run", *keys])[columns].mean()
    runs = cases.groupby(level=["run", "convention"]).mean()
    lines = np.array([number for number, _ in tables])[runs.index.get_level_values("run")]
    return {int(number): runs[lines == number].droplevel("run") for number in np.unique(lines)}


def _kept(line: Line) -> int:
    return sum(loaded.conventions() is not None for loaded in line.records)


def _table(group: Group, tables: Mapping[int, pd.DataFrame], metric: str) -> Restated:
    by_line = {number: table[metric].groupby(level=0) for number, table in tables.items()}
    values, counts = (
        pd.DataFrame({number: getattr(runs, how)() for number, runs in by_line.items()}).reindex(list(CONVENTIONS)).T
        for how in ("mean", "count")
    )
    alike = without_former([group.lines[number] for number in tables if not group.is_beside(group.lines[number])])
    ranked = [number for number in tables if group.lines[number] in alike]
    whole = counts.eq(pd.Series({number: _kept(group.lines[number]) for number in tables}), axis=0)
    # of fewer runs than beside it, a convention's mean would be ranked by other runs
    known = values.where(whole).loc[ranked].round(DIGITS)
    order = _ranks(known, metric).reindex(values.index)
    others = _moved(known, metric).reindex(values.index, fill_value=False)
    rows, partial = [], []
    for number, *found in zip(values.index, values.to_numpy(), order.to_numpy(), others.to_numpy(), strict=True):
        line, kept = group.lines[number], _kept(group.lines[number])
        cells = [_said(float(m), float(r), bool(one), metric) for m, r, one in zip(*found, strict=True)]
        of = [partly(int(count), kept) for count in counts.loc[number].fillna(0)]
        rows.append((line, tuple(replace(cell, partly=words) for cell, words in zip(cells, of, strict=True))))
        partial.append(partly(kept, len(line.records)))
    moved = any(cell.moved for _, cells in rows for cell in cells)
    return Restated(METRICS[metric], tuple(rows), moved, tuple(partial))


def _ranks(values: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Return the ranks in each column, 1 the best; none of what is infinite or no number."""
    return values.replace(math.inf, math.nan).rank(method="min", ascending=metric not in HIGHER)


def _moved(values: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Return which ranks are others than the default's among the lines that have a mean under both.

    A line that one of the two leaves out moves no other: those below it stand one rank higher and in the same order.
    """
    usual, found = values[DEFAULT.name], {}
    for name in values.columns:
        both = values[name].notna() & usual.notna()
        ranks = _ranks(pd.DataFrame({"here": values[name], "usual": usual}).where(both), metric)
        found[name] = ranks.notna().all(axis=1) & (ranks["here"] != ranks["usual"])
    return pd.DataFrame(found)


def _said(value: float, rank: float, moved: bool, metric: str) -> Said:
    text = "–" if math.isnan(value) else "∞" if math.isinf(value) else _number(value, metric)
    return Said(text, None if math.isnan(rank) else int(rank), moved)


def _number(value: float, metric: str) -> str:
    return f"{100 * value:.1f}" if metric in HIGHER else f"{value:.2f}"


def _definition(one: Convention) -> Mapping[str, str]:
    limits = {"HD95": one.hd95_limit, "ASD": one.asd_limit}
    return {
        "name": one.name,
        "unit": "mm where spacing is known" if one.millimetres else "voxel",
        "hd95": PERCENTILES[one.percentile] if "hd95" in one.prints else "not printed",
        "asd": DIRECTIONS[one.asd] if "asd" in one.prints else "not printed",
        "both": _cost(one.both_empty, one),
        "missed": _cost(one.missed, one),
        "false_alarm": _cost(one.false_alarm, one),
        "resize": "logits, then argmax" if one.resize == "logits" else "argmax, then labels by nearest neighbour",
        "limits": ", ".join(f"{name} at most {limit:g} mm" for name, limit in limits.items() if limit is not None),
        "source": one.source,
        "unverified": one.unverified,
    }


def _cost(cost: Cost | None, one: Convention) -> str:
    if cost is None:
        return "left out"
    distances = {"HD95": cost.hd95, "ASD": cost.asd}
    far = f"{cost.diagonals:g} × diagonal" if cost.diagonals else "0"
    shown = {name: far if value is None else _plain(value) for name, value in distances.items()}
    parts = [f"{name} {text}" for name, text in shown.items() if name.lower() in one.prints]
    return ", ".join([f"Dice {_plain(cost.overlap)}", *parts])


def _plain(value: float) -> str:
    return "left out" if math.isnan(value) else "∞" if math.isinf(value) else f"{value:g}"
