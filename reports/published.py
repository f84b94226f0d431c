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
        mine = next(iter(counterparts(group, name)), None)
        ours: dict[str, Any] | None = None
        if mine is not None:
            ours = {**ours_beside(mine, rule), "bar": bar(mine, name, str(row["source"]))}
        printed = {str(key): None if pd.isna(value) else value for key, value in row.items()}
        rows.append({**printed, "ours": ours})
    return rows


def ours_beside(line: Line, rule: str) -> dict[str, str]:
    """Return a line's averages of the metrics that papers print, as text."""
    return {metric: shown(line.spread(rule, "avg", metric), metric) for metric in METRICS}
