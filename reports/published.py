"""What papers print for a group's data and labels, and ours beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from reports.findings import Findings
from reports.formatting import shown
from reports.line import Line
from reports.replication import bar, counterparts
from results.published import published

METRICS = ("dice", "asd_pred")


def published_rows(found: Findings) -> list[Mapping[str, Any]]:
    """Return the published averages, each with ours where the method was run."""
    group = found.group
    table = published(group.dataset, group.labeled)
    table = table[table["structure"] == "avg"]
    rows: list[Mapping[str, Any]] = []
    for row in table.to_dict("records"):
        name = str(row["method"])
        printed = {str(key): None if pd.isna(value) else value for key, value in row.items()}
        mine = counterparts(group, name)
        lines: list[Line | None] = [*mine]
        for line in lines or [None]:
            said = bar(line, name, str(row["source"])) if line is not None else ""
            rows.append({**printed, "ours": ours_beside(found, line, said, len(mine) > 1)})
    return rows


ROUNDING = 0.1
"""Points of Dice that papers may differ by where they print one number in one and in two digits."""


def conflicts(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return for each method of which papers print several Dice on these labels which, and where, as a sentence."""
    by_method: dict[str, dict[float, list[str]]] = {}
    exact: dict[str, list[float]] = {}
    for row in rows:
        if row["dice"] is not None:
            exact.setdefault(str(row["method"]), []).append(float(row["dice"]))
            sources = by_method.setdefault(str(row["method"]), {}).setdefault(round(float(row["dice"]), 1), [])
            sources += [] if row["source"] in sources else [str(row["source"])]
    return [
        f"Print disagrees on {method}: "
        + "; ".join(f"{dice:.1f} in {', '.join(found[dice])}" for dice in sorted(found))
        + "."
        for method, found in by_method.items()
        if max(exact[method]) - min(exact[method]) > ROUNDING
    ]


def ours_beside(found: Findings, line: Line | None, bar: str, among: bool) -> Mapping[str, str] | None:
    """Return a line's averages of the metrics that papers print, as text; None where there is no line.

    bar: what keeps them from being compared. among: whether it is one of several lines, and is named.
    """
    if line is None:
        return None
    number = found.number(line)
    averages = {metric: shown(found.spreads[number, found.rule, "avg", metric], metric) for metric in METRICS}
    return {**averages, "bar": "; ".join(filter(None, (line.label if among else "", bar)))}
