"""A group's table as a paper prints it: text, with its column titles."""

from __future__ import annotations

import pandas as pd

from reports.findings import Findings
from reports.formatting import TITLES, printed, shown


def printed_table(found: Findings, rule: str) -> pd.DataFrame:
    """Return the average and each structure's Dice as a paper prints them."""
    rows = []
    for number, line in enumerate(found.group.lines):
        row = {"Method": line.label, "Labelled": str(line.first.cell.labeled)}
        row |= {title: shown(found.spreads[number, rule, "avg", metric], metric) for metric, title in TITLES.items()}
        row["Dice, 95 % interval"] = printed(found.intervals[rule].get((number, "avg", "dice")), "dice") or "–"
        row |= {
            f"Dice {name} %": shown(found.spreads[number, rule, name, "dice"], "dice")
            for name in found.group.structures
        }
        rows.append(row | {"Seeds": line.seeds_told.removesuffix(" seed"), "Updates": str(line.first.updates)})
    return pd.DataFrame(rows)
