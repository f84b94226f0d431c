"""Records brought together: one line a configuration, over its seeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reports.alike import (
    Valued,
    alike_as_recorded,
    alike_but_seeds,
    alike_in_code,
    is_older,
    trained_by,
)
from reports.distinctions import asked_apart, fields_apart, named_apart
from reports.line import Line
from reports.reading import ReadOnce
from reports.recorded import conventions_apart, recorded_apart
from reports.which_data import data_key, set_apart
from results.code import short
from results.outside import METHOD
from results.record import Record
from results.standing import commit_of
from results.store import LoadedRecord

Key = tuple[object, ...]
LABELS_ONLY = ("supervised", "supervised_strong")


@dataclass(frozen=True)
class Group:
    """Lines that may stand in one table: same data, structures, labelled count, preset and distance unit.

    data: what tells its data from another table's of the same data set, count, preset and unit; empty without one.
    """

    dataset: str
    labeled: int
    preset: str
    unit: str
    lines: tuple[Line, ...]
    data: str = ""

    @property
    def title(self) -> str:
        """The data set, and which of its contents where several tables have it."""
        return f"{self.dataset} ({self.data})" if self.data else self.dataset

    @property
    def records(self) -> list[Record]:
        """The records of all lines."""
        return [loaded.record for line in self.lines for loaded in line.records]

    def is_beside(self, line: Line) -> bool:
        """Return whether a line has more labels than the table: a ceiling beside it, that nothing is compared with.

        Where all lines have all labels, and learn of images that nobody labelled, none is.
        """
        return line.first.cell.labeled != self.labeled

    @property
    def structures(self) -> tuple[str, ...]:
        """The data set's structures, in label order."""
        return self.lines[0].first.structures


def group(records: Sequence[LoadedRecord]) -> list[Group]:
    """Return the tables that records make; runs with all patients labelled join every table of their data set."""
    lines = _lines([ReadOnce.of(loaded) for loaded in records if loaded.record.status == "done"])
    tables: dict[Key, list[Line]] = {}
    for line in lines:
        tables.setdefault(_table_key(line), []).append(line)
    ceilings = [(_table_key(line), line) for line in lines if line.is_ceiling]
    keys = [key for key, mine in tables.items() if not all(line.is_ceiling for line in mine)] or list(tables)
    groups: dict[Key, list[Group]] = {}
    for key in sorted(keys, key=str):
        mine = sorted(tables[key], key=_order)
        others = [line for own, line in ceilings if own != key and _alike(own, key)]
        made = Group(*_identity(tables[key][0]), tuple(_told_apart([*mine, *others])))
        groups.setdefault(_heading(made), []).append(made)
    return [replace(one, data=_data(one, same)) for same in groups.values() for one in same]


def _data(group: Group, groups: Sequence[Group]) -> str:
    """Return what tells a table's data from that of others of its heading, which may be among these itself."""
    mine, *_ = group.records
    others = [one.records[0] for one in groups if one is not group]
    words = [set_apart(mine, others)] if others else []
    if any(sorted(one.structures) != sorted(mine.structures) for one in others):
        words.append(f"structures {', '.join(mine.structures)}")
    if any(one.patients.test != mine.patients.test for one in others):
        words.append(f"{mine.patients.test} test patients")
    return ", ".join(filter(None, words))


def _heading(group: Group) -> Key:
    return group.dataset, group.labeled, group.preset, group.unit


def _told_apart(lines: Sequence[Line]) -> list[Line]:
    """Return the lines with labels that differ: by file, by fields, else by code where that differs, else by cell."""
    lines = _scored_apart(asked_apart(named_apart(lines)))
    for words in (_file, fields_apart, _digest, _code, recorded_apart, _cell):
        together: dict[str, list[Line]] = {}
        for line in lines:
            together.setdefault(line.label, []).append(line)
        lines = [_distinguished(line, together[line.label], words) for line in lines]
    return list(lines)


def _scored_apart(lines: Sequence[Line]) -> Sequence[Line]:
    """Return a table's lines with the convention that each was scored under, where that is not one."""
    if not conventions_apart(lines):
        return lines
    told = [f"convention {line.first.convention.get('name', 'not told')}" for line in lines]
    return [
        replace(line, distinction=" ".join(filter(None, (line.distinction, words))))
        for line, words in zip(lines, told, strict=True)
    ]


def _distinguished(line: Line, alike: Sequence[Line], words: Callable[[Line, Sequence[Line]], str]) -> Line:
    """Return a line with words more in its label where it shares that with others."""
    parts = (line.distinction, words(line, alike)) if len(alike) > 1 else (line.distinction,)
    return replace(line, distinction=" ".join(filter(None, parts)))


def _file(line: Line, alike: Sequence[Line]) -> str:
    """Return the file that a line's method is of, where others of its name are of files that are called otherwise."""
    mine = line.first.cell.outside.get(METHOD)
    names = {one.name for other in alike if (one := other.first.cell.outside.get(METHOD))}
    return mine.name if mine is not None and len(names) > 1 else ""


def _digest(line: Line, alike: Sequence[Line]) -> str:
    """Return that file with its digest, where others of its name are of files of other content."""
    mine = line.first.cell.outside.get(METHOD)
    digests = {one.digest for other in alike if (one := other.first.cell.outside.get(METHOD))}
    return f"{mine.name} ({mine.digest})" if mine is not None and len(digests) > 1 else ""


def _code(line: Line, alike: Sequence[Line]) -> str:
    """Return which code trained a line, where others of its name were trained by another; else nothing."""
    mine = trained_by(line.records[0])
    known = mine is not None or all(is_older(other.records[0]) for other in alike)
    if known and all(trained_by(other.records[0]) == mine for other in alike):
        return ""
    return f"code {short(mine) if mine else 'not told'} ({commit_of(line.first)})"


def _cell(line: Line, _: Sequence[Line]) -> str:
    """Return what sets lines apart that ask for the same and got other values: the cell, whose page shows them."""
    return f"cell {line.first.cell.id.rsplit('-', 1)[-1]}"


def _lines(records: Sequence[ReadOnce]) -> list[Line]:
    found: dict[Key, list[ReadOnce]] = {}
    for loaded in records:
        cell = loaded.record.cell
        overrides = tuple(sorted(cell.overrides.items()))
        key = (
            *_table_key(Line((loaded,))),
            cell.method,
            cell.backbone,
            cell.fidelity,
            cell.label_draw,
            overrides,
            cell.twin,
            cell.has_named_seeds,
        )
        found.setdefault(key, []).append(loaded)
    return [Line(tuple(part)) for one in found.values() for part in _configurations(one)]


def _configurations(records: Sequence[ReadOnce]) -> list[list[ReadOnce]]:
    """Part records of one name by what they and their cells say of the training, and by the code that trained them.

    A changed default makes another configuration.
    So no seed stands twice in a line. Values that only some cells hold came later, at what was done before.
    """
    parts: list[list[tuple[ReadOnce, Mapping[str, Any]]]] = []
    for loaded in sorted(records, key=lambda one: one.record.cell.seed):
        pair = loaded, loaded.values()
        fitting = (part for part in parts if all(_may_join(pair, other) for other in part))
        part = next(fitting, None)
        if part is None:
            parts.append([pair])
        else:
            part.append(pair)
    return [[loaded for loaded, _ in part] for part in parts]


def _may_join(one: Valued, other: Valued) -> bool:
    alike = alike_as_recorded(one[0].record, other[0].record)
    return alike and alike_but_seeds(one, other) and alike_in_code(one[0], other[0])


def _identity(line: Line) -> tuple[str, int, str, str]:
    cell = line.first.cell
    return cell.dataset, cell.labeled, cell.preset, line.first.unit


def _table_key(line: Line) -> Key:
    record = line.first
    return (*_identity(line), *data_key(record), tuple(sorted(record.structures)), record.patients.test)


def _alike(one: Key, other: Key) -> bool:
    return (one[0], *one[2:]) == (other[0], *other[2:])


def _order(line: Line) -> tuple[bool, str]:
    """Methods that use labels only come first, then by name; a protocol's variants stay in its order."""
    cell = line.first.cell
    return (cell.method not in LABELS_ONLY, cell.title if cell.variant else line.label)
