"""A printed ablation beside the variants of the same name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.findings import Findings
from reports.line import Line
from reports.networks import NETWORK
from reports.published import ours_beside
from reports.replication import ANOTHER_NETWORK
from results.published import published_ablation


def ablation_rows(found: Findings) -> list[Mapping[str, Any]]:
    """Return the printed rows, each with ours where that variant was run; nothing where no variant was."""
    group = found.group
    named = [line for line in group.lines if line.first.cell.variant]
    tables = (published_ablation(line.first.cell.method, group.dataset, group.labeled) for line in named)
    printed = next((table for table in tables if table is not None), None)
    if printed is None:
        return []
    rows: list[Mapping[str, Any]] = []
    for row in printed.to_dict("records"):
        printed_row = {str(key): value for key, value in row.items()}
        mine: list[Line | None] = [line for line in named if line.first.cell.variant == row["variant"]]
        for line in mine or [None]:
            other = ANOTHER_NETWORK if line is not None and line.first.cell.backbone != NETWORK else ""
            rows.append({**printed_row, "ours": ours_beside(found, line, other, len(mine) > 1)})
    return rows
