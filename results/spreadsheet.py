"""Tables for spreadsheets, which run what begins as a formula: names of patients and files are a stranger's words."""

from __future__ import annotations

import pandas as pd

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def guarded(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose words no spreadsheet runs: what begins as a formula does has an apostrophe before it."""
    words = table.select_dtypes(exclude=["number", "bool"])
    return table.assign(**{str(name): _guarded(words[name]) for name in words})


def _guarded(words: pd.Series) -> pd.Series:
    """Return a column so guarded, itself where nothing in it begins so."""
    told = words.unique() if isinstance(words.dtype, pd.StringDtype) else words  # far fewer than rows of a long table
    if not any(map(_runs, told.tolist())):
        return words
    return words.map(lambda one: f"'{one}" if _runs(one) else one)


def _runs(value: object) -> bool:
    return isinstance(value, str) and value.startswith(FORMULA)
