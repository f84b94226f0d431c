"""What pages read of a run's tables, column by column, and what it must be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype

from results.errors import ForeignError
from results.summary import METRICS

Fits = Callable[[pd.Series], bool]


def _is_text(column: pd.Series) -> bool:
    if isinstance(column.dtype, pd.StringDtype):  # as runs write it, which needs no look at each value
        return not column.hasnans
    return column.empty or infer_dtype(column.to_numpy(object), skipna=False) == "string"


def _is_name(column: pd.Series) -> bool:
    return _is_text(column) and "" not in column.tolist()


def _is_number(column: pd.Series) -> bool:
    return isinstance(column.dtype, np.dtype) and column.dtype.kind in "biuf"  # a nullable type may lack some


def _is_finite(column: pd.Series) -> bool:
    return _is_number(column) and bool(np.isfinite(column.to_numpy(np.float64)).all())


def _is_flag(column: pd.Series) -> bool:
    return isinstance(column.dtype, np.dtype) and column.dtype.kind == "b"


TEXT, NAME, NUMBER, FINITE, FLAG = "text", "names", "numbers", "finite numbers", "yes or no"
KINDS: Mapping[str, Fits] = {
    TEXT: _is_text, NAME: _is_name, NUMBER: _is_number, FINITE: _is_finite, FLAG: _is_flag
}  # fmt: skip
"""Whether a column is of a kind, by its words; a name is a text that is not empty."""
COLUMNS: Mapping[str, Mapping[str, str]] = {
    "cases": {
        **dict.fromkeys(("predictor", "rule", "case", "patient", "structure"), NAME),
        **dict.fromkeys(METRICS, NUMBER),
        **dict.fromkeys(("counted", "missed", "false_alarm"), FLAG),
    },
    "history": {"stage": TEXT, "term": TEXT, "update": NUMBER, "value": NUMBER},
    "diagnosis": {"quantity": TEXT, "structure": TEXT, "other": TEXT, "update": NUMBER, "value": NUMBER},
    "conventions": {"convention": TEXT, "structure": TEXT, **dict.fromkeys(("dice", "hd95", "asd"), NUMBER)},
    "ledger": {"update": NUMBER, "test_dice": NUMBER},
    "volumes": {"case": NAME, "structure": NAME, "unit": NAME, "predicted": FINITE, "reference": FINITE},
}
"""The kind of each column that pages read, by table."""


def check_columns(folder: Path, name: str, table: pd.DataFrame) -> None:
    """Raise ResultError where a run's table lacks a column, or has something else in it than belongs there."""
    for column, kind in COLUMNS[name].items():
        if column not in table.columns or not KINDS[kind](table[column]):
            wrong = "has no" if column not in table.columns else f"has no {kind} in its"
            path = folder / f"{name}.parquet"
            raise ForeignError(f"{path} {wrong} column {column}; it is no such table, or of another version's")
