"""A printed ablation beside the variants of the same name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.networks import NETWORK
from reports.published import ours_beside
from reports.replication import ANOTHER_NETWORK
from reports.summary import Group
from results.published import published_ablation


def ablation_rows(group: Group, rule: str) -> list[Mapping[str, Any]]:
    """Return the printed rows, each with ours where that variant was run; nothing where no variant was."""
    named = {line.first.cell.variant: line for line in group.lines if line.first.cell.variant}
    tables = (published_ablation(line.first.cell.method, group.dataset, group.labeled) for line in named.values())
    printed = next((table for table in tables if table is not None), None)
    if printed is None:
        return []
    rows: list[Mapping[str, Any]] = []
    for row in printed.to_dict("records"):
        line = named.get(str(row["variant"]))
        ours: dict[str, Any] | None = None
        if line is not None:
            other = "" if line.first.cell.backbone == NETWORK else ANOTHER_NETWORK
            ours = {**ours_beside(line, rule), "bar": other}
        rows.append({**{str(key): value for key, value in row.items()}, "ours": ours})
    return rows
