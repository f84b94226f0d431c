"""What sets lines of one name apart: each names its own value of every field in which they differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from reports.line import Line
from results.distinct import MOST, words_of

NAMED = ("backbone", "fidelity", "label_draw")
"""Fields of a cell that a line's name tells by itself, where they are not as usual or not the same in a table."""
LEARNING = (
    "lr",
    "pretrain_lr",
    "momentum",
    "weight_decay",
    "labeled_batch",
    "unlabeled_batch",
    "augmentation",
    "scaling",
    "precision",
)
"""Fields in which methods may differ beside their own ideas, and which a reader would else take to be equal."""
SHARED = frozenset(
    (*LEARNING, "weights", "size", "updates", "validations", "per_stage", "fit", "resizing", "test_resizing")
)
"""Fields that mean the same of all methods: those of the schedule, of the optimiser and of the network."""


def values_of(line: Line) -> Mapping[str, object]:
    """Return what a line's cell resolved to of method, schedule, policy and weights; {} of an older folder without it.

    Values of an augmentation policy are named by their place in it, as in ``weak.blur_px``.
    """
    values = line.records[0].values()
    parts = ({"weights": values["weights"]} if "weights" in values else {}, *_parts(values))
    return {field: value for part in parts for field, value in part.items() if field != "tuned"}


def _parts(values: Mapping[str, Any]) -> Sequence[Mapping[str, object]]:
    policy = {
        f"{view}.{field}": value
        for view, fields in (values.get("policy") or {}).items()
        for field, value in (fields.items() if isinstance(fields, dict) else [("", fields)])
    }
    return policy, values.get("schedule") or {}, values.get("config") or {}


def named_apart(lines: Sequence[Line]) -> list[Line]:
    """Return a table's lines so that each names every field of NAMED in which they differ."""
    told = {
        name
        for name in NAMED
        if len({getattr(line.first.cell, name) for line in lines if name != "label_draw" or not line.is_ceiling}) > 1
    }
    return [replace(line, told=frozenset(told)) for line in lines]


def asked_apart(lines: Sequence[Line]) -> list[Line]:
    """Return a table's lines so that each names its value of what was asked for and is not the same everywhere.

    A field that methods share every line names, a method's own the lines of that name. Of more fields than a label
    holds a line names those in which it is not as most are. Nothing is added to a protocol's variant, whose name tells
    it.
    """
    every = [Valued(line, resolved(line)) for line in lines]
    shared = [field for field in _asked(every) if field in SHARED and _count(field, every) > 1]
    together: dict[str, list[Valued]] = {}
    for one in every:
        together.setdefault(one.line.label, []).append(one)
    words = {id(one.line): _told(one, alike, shared, every) for alike in together.values() for one in alike}
    return [line if line.first.cell.variant else replace(line, distinction=words[id(line)]) for line in lines]


class Valued(NamedTuple):
    """A line with its values by field, which are put together once."""

    line: Line
    values: Mapping[str, object]


def _told(one: Valued, alike: Sequence[Valued], shared: Sequence[str], every: Sequence[Valued]) -> str:
    """Return a line's values of the shared fields, and of its method's own that set it apart from its name's lines."""
    own = [field for field in _asked(alike) if field not in SHARED and _is_told(field, one, alike, every)]
    if len(shared) + len(own) <= MOST:
        return words_of(one.values, [*shared, *own])
    fields = [field for field in shared if str(one.values.get(field)) != _most(field, every)]
    rest = [field for field in own if str(one.values.get(field)) != _most(field, alike)]
    return words_of(one.values, [*fields, *rest])


def fields_apart(line: Line, alike: Sequence[Line]) -> str:
    """Return a line's values of the fields in which lines of one label differ, as words; empty where these are many."""
    every = [Valued(one, resolved(one)) for one in alike]
    fields = sorted({field for one in every for field in one.values})
    differing = [field for field in fields if _count(field, every, missing=True) > 1]
    return words_of(resolved(line), differing) if len(differing) <= MOST else ""


def resolved(line: Line) -> Mapping[str, object]:
    """Return a line's values, with what was asked for as it was asked for."""
    return {**values_of(line), **line.first.cell.overrides}


def _asked(every: Sequence[Valued]) -> Sequence[str]:
    """Return the fields that were asked for of any line, but of variants, in the order of the lines."""
    cells = (one.line.first.cell for one in every)
    return list(dict.fromkeys(field for cell in cells if not cell.variant for field in cell.overrides))


def _is_told(field: str, one: Valued, alike: Sequence[Valued], every: Sequence[Valued]) -> bool:
    """Return whether a method's own field is told of a line: those of its name differ in it, or it asked for it."""
    if _count(field, alike, missing=True) > 1:
        return True
    asked = {str(other.line.first.cell.overrides.get(field)) for other in every if not other.line.is_ceiling}
    return field in one.line.first.cell.overrides and len(asked) > 1


def _count(field: str, every: Sequence[Valued], missing: bool = False) -> int:
    """Return how many values of a field some lines have. missing: whether a line without it has another."""
    return len({str(one.values.get(field)) for one in every if missing or field in one.values})


def _most(field: str, every: Sequence[Valued]) -> str:
    """Return the value of a field that most lines have, the first of equals."""
    found = Counter(str(one.values[field]) for one in every if field in one.values)
    return found.most_common(1)[0][0] if found else ""


def learning(lines: Sequence[Line]) -> list[str]:
    """Return for each field of LEARNING the value of all lines, or each value and whose it is where it is not one.

    A value that a preset set in place of the methods' own is said to be the preset's.
    """
    return [words for field in LEARNING if (words := _learnt(field, lines))]


def apart_in_learning(lines: Sequence[Line]) -> list[str]:
    """Return the same of the fields of LEARNING that are not one in all lines."""
    every = [Valued(line, values_of(line)) for line in lines]
    return [_learnt(field, lines) for field in LEARNING if _count(field, every) > 1]


def _learnt(field: str, lines: Sequence[Line]) -> str:
    by_value: dict[str, list[Line]] = {}
    for line in lines:
        values = values_of(line)
        if field in values:
            by_value.setdefault(str(values[field]), []).append(line)
    if not by_value:
        return ""
    most, *others = sorted(by_value, key=lambda value: -len(by_value[value]))
    first = _by_whom(field, most, by_value[most])
    if not others:
        return f"{field} {first}"
    rows = [one.label for one in by_value[most]]
    of_most = rows[0] if len(rows) == 1 else f"{len(rows)} rows"
    named = [f"{_by_whom(field, one, by_value[one])} for {_whose(by_value[one])}" for one in others]
    return f"{field} {'; '.join([f'{first} for {of_most}', *named])}"


def _whose(lines: Sequence[Line]) -> str:
    """Return the names of lines, what sets each apart in brackets, so that no comma parts one name into two."""
    *before, last = [f"{one.named} ({one.distinction})" if one.distinction else one.named for one in lines]
    return f"{', '.join(before)} and {last}" if before else last


def _by_whom(field: str, value: str, lines: Sequence[Line]) -> str:
    """Return a value, and that a preset set it in place of what methods have, where it did so of all lines."""
    tuned = [
        str((line.records[0].values().get("schedule") or {}).get("tuned", {}).get(field)) == value for line in lines
    ]
    asked = any(field in line.first.cell.overrides for line in lines)
    return f"{value} (the preset's, in place of the methods' own)" if all(tuned) and not asked else value
