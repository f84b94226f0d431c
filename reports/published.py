"""What papers print for a group's data and labels, and ours beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from reports.formatting import shown
from reports.replication import bar, counterparts
from reports.summary import Group, Line
from results.published import published

METRICS = ("dice", "asd_pred")


def published_rows(group: Group, rule: str) -> list[Mapping[str, Any]]:
    """Return the published averages, each with ours where the method was run."""
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
            rows.append({**printed, "ours": ours_beside(line, rule, said, len(mine) > 1)})
    return rows


def ours_beside(line: Line | None, rule: str, bar: str, among: bool) -> Mapping[str, str] | None:
    """Return a line's averages of the metrics that papers print, as text; None where there is no line.

    bar: what keeps them from being compared. among: whether it is one of several lines, and is named.
    """
    if line is None:
        return None
    averages = {metric: shown(line.spread(rule, "avg", metric), metric) for metric in METRICS}
    return {**averages, "bar": "; ".join(filter(None, (line.label if among else "", bar)))}
