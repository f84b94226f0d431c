"""What files beside the images say: the values of labels, whose cases are whose, and which slices are labelled."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from data.errors import DataError, DataUsageError
from data.folders.plan import MOST

SAME_PERSON = re.compile(
    r"(?P<person>.+?)[_-](?:frame|phase|time|tp|visit|ses|session|scan|t|day|week|month)[_-]?\d+"
    r"|(?P<heart>.+?)[_-](?:ED|ES|left|right|pre|post|L|R)",
    re.IGNORECASE,
)
"""Names of a case that is one of several of a person: time points, sessions, phases, sides."""
NUMBERED = re.compile(r"(?P<person>.+)[_-](?:slice[_-]?)?\d+", re.IGNORECASE)
"""Names of a slice: all before its last number is whom or what it was cut from."""


def label_values(labels: Any, path: Path) -> tuple[Mapping[str, int], int | None]:
    """Return each structure's value, and that of what is ignored, of dataset.json's ``labels``, either way round."""
    if not isinstance(labels, dict) or not labels:
        raise DataError(f"{path} has no labels; expected {{'background': 0, 'liver': 1}}")
    regions = next((name for name, value in labels.items() if isinstance(value, list)), None)
    if regions is not None:
        raise DataError(
            f"{path}: label {regions} is a region of several values; this version segments classes, so name each value "
            "by a label of its own"
        )
    if all(str(name).isdigit() for name in labels):  # the Decathlon's: value -> name
        labels = {str(name): int(value) for value, name in labels.items()}
    wrong = next((name for name, value in labels.items() if type(value) is not int or not 0 <= value <= 255), None)
    if wrong is not None:
        raise DataError(f"{path}: label {wrong} is {labels[wrong]!r}; expected a whole number from 0 to 255")
    ignored = labels.pop("ignore", None) if "ignore" in labels else None
    background = next((name for name, value in labels.items() if value == 0), None)
    if background is None:
        raise DataError(f"{path}: no label is 0; expected the background to be, as in {{'background': 0, 'liver': 1}}")
    found = dict(sorted(((name, value) for name, value in labels.items() if value), key=lambda pair: pair[1]))
    if len({*found.values()} - {ignored}) < len(found):
        raise DataError(f"{path}: two labels have one value; expected a value of its own for each")
    if not 1 <= len(found) < MOST:
        raise DataError(f"{path} names {len(found)} structures; expected 1 to {MOST - 1}")
    return found, ignored


def patients_of(names: Sequence[str], rule: str | None, planar: bool) -> tuple[Mapping[str, str], str]:
    """Return each case's patient, and in a sentence how that was told.

    rule: a CSV file of columns case and patient, or a regular expression with one group that matches whole names.
    """
    if rule is None:
        return _by_habit(names, planar)
    if rule.lower().endswith((".csv", ".tsv")):
        table = {row["case"]: row["patient"] for row in _rows(Path(rule), ("case", "patient"))}
        lacking = sorted({*names} - {*table})
        if lacking:
            raise DataUsageError(f"--patients {rule}: it lacks case {lacking[0]}; expected a row for each case")
        return {name: table[name] for name in names}, f"as {rule} says: {_shown(names, table)}"
    return _by_rule(names, rule)


def labeled_slices(path: Path | None, folder: Path, names: Iterable[str]) -> Mapping[str, tuple[int, ...]]:
    """Return the labelled slices of volumes that are labelled in part, by case; none where no table says so.

    path: a table of columns case and slice, from 0 along the cut axis; without one ``slices.csv`` in the folder.
    """
    table = path or folder / "slices.csv"
    if path is None and not table.is_file():
        return {}
    found: dict[str, set[int]] = {}
    for row in _rows(table, ("case", "slice")):
        if not row["slice"].strip().isdigit():
            raise DataError(f"{table}: slice {row['slice']!r} of case {row['case']}; expected a number from 0")
        found.setdefault(row["case"], set()).add(int(row["slice"]))
    unknown = sorted({*found} - {*names})
    if unknown:
        raise DataError(f"{table} names case {unknown[0]}, which has no mask in {folder}")
    return {case: tuple(sorted(numbers)) for case, numbers in found.items()}


def _rows(path: Path, columns: Sequence[str]) -> Sequence[Mapping[str, str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise DataError(f"{path} cannot be read ({why}); expected a table of columns {' and '.join(columns)}") from None
    rows = list(csv.DictReader(text.splitlines(), delimiter="\t" if path.suffix.lower() == ".tsv" else ","))
    has = {*(rows[0] if rows else {})}
    if not {*columns} <= has:
        seen = f"has {', '.join(map(str, has))}" if has else "is empty"
        raise DataError(f"{path} {seen}; expected columns {' and '.join(columns)}")
    short = next((number for number, row in enumerate(rows, 2) if not all(row[column] for column in columns)), None)
    if short is not None:
        raise DataError(f"{path}: line {short} lacks a value; expected {' and '.join(columns)} in each")
    return rows


def _by_rule(names: Sequence[str], rule: str) -> tuple[Mapping[str, str], str]:
    try:
        pattern = re.compile(rule)
    except re.error as error:
        raise DataUsageError(f"--patients {rule}: {error}; expected a regular expression or a CSV file") from None
    if pattern.groups != 1:
        raise DataUsageError(f"--patients {rule}: it has {pattern.groups} groups; expected one, around the patient")
    found = {name: match[1] for name in names if (match := pattern.fullmatch(name)) and match[1]}
    unmatched = next((name for name in names if name not in found), None)
    if unmatched is not None:
        raise DataUsageError(f"--patients {rule}: it does not match case {unmatched}; it must match each whole name")
    return found, f"by the rule {rule}: {_shown(names, found)}"


def _by_habit(names: Sequence[str], planar: bool) -> tuple[Mapping[str, str], str]:
    """Return patients by what names usually say: of slices all before the last number, of volumes a time or a side."""
    if planar:
        cut = {name: match["person"] for name in names if (match := NUMBERED.fullmatch(name))}
        if len(cut) == len(names) and 1 < len({*cut.values()}) < len(names):
            return cut, f"all before a slice's last number: {_shown(names, cut)}"
    else:
        alike = {name: match[1] or match[2] for name in names if (match := SAME_PERSON.fullmatch(name))}
        if len(alike) == len(names) and len({*alike.values()}) > 1:
            return alike, f"all before a time, a session or a side: {_shown(names, alike)}"
    words = "each case is taken as a patient of its own, since names don't tell; where one has several say --patients"
    return {name: name for name in names}, words


def _shown(names: Sequence[str], patients: Mapping[str, str]) -> str:
    first = next(iter(names))
    return f"{first} is of {patients[first]}; {len({patients[name] for name in names})} in {len(names)} cases"
