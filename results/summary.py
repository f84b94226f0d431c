"""The summary of a run's scores: what a table of cases says of each structure and of their average."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    import pandas as pd

METRICS = ("dice", "jaccard", "hd95", "asd", "asd_pred")


class SummaryRow(BaseModel):
    """Means over the counted cases of a structure; ``avg`` is the mean of the structures' means, with counts summed.

    dice and jaccard are fractions; hd95, asd and asd_pred are in the record's unit; None where no case counts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    predictor: str
    rule: str
    structure: str
    dice: float | None
    jaccard: float | None
    hd95: float | None
    asd: float | None
    asd_pred: float | None
    cases: int
    counted: int
    missed: int
    false_alarm: int


def summarize(cases: pd.DataFrame, structures: Sequence[str]) -> list[SummaryRow]:
    """Return the summary of a table of scores: a row a predictor, rule and structure, then their average."""
    rows: list[SummaryRow] = []
    for (predictor, rule), group in cases.groupby(["predictor", "rule"], sort=False):
        mine = [
            _structure_row(str(predictor), str(rule), name, group[group["structure"] == name]) for name in structures
        ]
        rows += [*mine, _average(mine)]
    return rows


def _structure_row(predictor: str, rule: str, structure: str, group: pd.DataFrame) -> SummaryRow:
    counted = group[group["counted"]]
    found = {name: float(counted[name].mean()) for name in METRICS}
    means = {name: None if math.isnan(value) else value for name, value in found.items()}  # of no case it is no number
    return SummaryRow(
        predictor=predictor, rule=rule, structure=structure, cases=len(group), counted=len(counted),
        missed=int(group["missed"].sum()), false_alarm=int(group["false_alarm"].sum()), **means,
    )  # fmt: skip


def _average(rows: Sequence[SummaryRow]) -> SummaryRow:
    values: dict[str, Any] = {"predictor": rows[0].predictor, "rule": rows[0].rule, "structure": "avg"}
    for name in METRICS:
        known = [getattr(row, name) for row in rows if getattr(row, name) is not None]
        values[name] = sum(known) / len(known) if known else None
    for name in ("cases", "counted", "missed", "false_alarm"):
        values[name] = sum(getattr(row, name) for row in rows)
    return SummaryRow(**values)
