"""A group's table as a paper prints it: text, with its column titles."""

from __future__ import annotations

import pandas as pd

from reports.formatting import TITLES, printed, shown
from reports.intervals import intervals
from reports.summary import Group


def printed_table(group: Group, rule: str) -> pd.DataFrame:
    """Return the average and each structure's Dice as a paper prints them."""
    rows = []
    found = intervals(group, rule, ["dice"])
    for number, line in enumerate(group.lines):
        row = {"Method": line.label, "Labelled": str(line.first.cell.labeled)}
        row |= {title: shown(line.spread(rule, "avg", metric), metric) for metric, title in TITLES.items()}
        row["Dice, 95 % interval"] = printed(found.get((number, "avg", "dice")), "dice") or "–"
        row |= {f"Dice {name} %": shown(line.spread(rule, name, "dice"), "dice") for name in group.structures}
        rows.append(row | {"Seeds": str(len(line.records)), "Updates": str(line.first.updates)})
    return pd.DataFrame(rows)
