"""What sets lines of one name apart: each names its own value of every field in which they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reports.line import Line
from results import distinct
from results.distinct import words_of

LEARNING = (
    "lr",
    "pretrain_lr",
    "momentum",
    "weight_decay",
    "labeled_batch",
    "unlabeled_batch",
    "augmentation",
    "scaling",
)
"""Fields in which methods may differ beside their own ideas, and which a reader would else take to be equal."""


def values_of(line: Line) -> Mapping[str, object]:
    """Return what a line's cell resolved to of method and schedule, by field; {} of an older folder without it."""
    values = line.records[0].values()
    parts = (values.get("schedule") or {}, values.get("config") or {})
    return {field: value for part in parts for field, value in part.items() if field != "tuned"}


def fields_apart(line: Line, alike: Sequence[Line]) -> str:
    """Return a line's values of the fields in which lines of its name differ, as words; empty where these are many.

    Fields that were asked for come first, and alone where they set the lines apart.
    """
    resolved = [{**values_of(one), **one.first.cell.overrides} for one in alike]
    asked = (field for one in alike for field in one.first.cell.overrides)
    return words_of({**values_of(line), **line.first.cell.overrides}, distinct.fields_apart(resolved, asked))


def learning(lines: Sequence[Line]) -> list[str]:
    """Return for each field of LEARNING the value of all lines, or each value and whose it is where it is not one."""
    found = []
    for field in LEARNING:
        by_value: dict[str, list[str]] = {}
        for line in lines:
            values = values_of(line)
            if field in values:
                by_value.setdefault(str(values[field]), []).append(line.label)
        if len(by_value) == 1:
            found.append(f"{field} {next(iter(by_value))}")
        elif by_value:
            found.append(f"{field} {_parted(by_value)}")
    return found


def _parted(by_value: Mapping[str, Sequence[str]]) -> str:
    """Return the value that most lines have, then the others with the lines' names."""
    most, *others = sorted(by_value, key=lambda value: -len(by_value[value]))
    first = ", ".join(by_value[most]) if len(by_value[most]) == 1 else f"{len(by_value[most])} rows"
    named = (f"{value} for {', '.join(by_value[value])}" for value in others)
    return f"{most} for {first}, {'; '.join(named)}"
