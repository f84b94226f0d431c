"""Records brought together: one line a configuration, over its seeds."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from reports.alike import Seeds, Valued, alike_but_seeds, alike_but_twin, beyond_twin, seeds
from results.record import Record
from results.store import LoadedRecord
from results.summary import SummaryRow

Key = tuple[object, ...]


@dataclass(frozen=True)
class Spread:
    """Mean over seeds and sample standard deviation; no deviation for a single seed, no mean where nothing counts."""

    mean: float | None
    deviation: float | None


@dataclass(frozen=True)
class Line:
    """A configuration and its records, one a seed. distinction: its overrides, where another line has the same name."""

    records: tuple[LoadedRecord, ...]
    distinction: str = ""

    @property
    def first(self) -> Record:
        """The record of the lowest seed, for what all of them share."""
        return self.records[0].record

    @property
    def is_ceiling(self) -> bool:
        """Whether all training patients are labelled."""
        return self.first.cell.labeled == self.first.patients.train

    @property
    def drawn(self) -> list[Record]:
        """The records whose labelled patients were drawn, as a ceiling's were not."""
        return [] if self.is_ceiling else [loaded.record for loaded in self.records]

    @property
    def is_crossed(self) -> bool:
        """Whether its runs have seeds of several dimensions crossed, so that they share some with each other."""
        return self.first.cell.has_named_seeds

    @property
    def label(self) -> str:
        """Title of the method, and what sets this configuration apart."""
        cell = self.first.cell
        parts = [cell.title]
        if self.is_ceiling:
            parts.append(f"all {cell.labeled} labelled")
        parts += [cell.backbone] if cell.backbone != "unet" else []
        parts += [cell.fidelity] if cell.fidelity != "fixed" else []
        parts += ["twin without unlabelled terms"] if cell.twin else []
        parts += ["seeds crossed"] if self.is_crossed else []
        parts += [cell.variant] if cell.variant else [self.distinction] if self.distinction else []
        return ", ".join(parts)

    def rows(self, rule: str, structure: str) -> list[SummaryRow]:
        """Return a summary row a seed, of the reported predictor under a rule."""
        return [
            row
            for loaded in self.records
            for row in loaded.record.summary
            if row.predictor == loaded.record.headline.predictor and row.rule == rule and row.structure == structure
        ]

    def spread(self, rule: str, structure: str, metric: str) -> Spread:
        """Return mean and deviation over seeds of a metric."""
        values = [value for row in self.rows(rule, structure) if (value := getattr(row, metric)) is not None]
        if not values:
            return Spread(None, None)
        return Spread(statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else None)

    def gain_over(self, twin: Line, rule: str) -> Spread:
        """Return mean and deviation over common seeds of this line's mean Dice minus its twin's."""
        mine, others = self.averages(rule), twin.averages(rule)
        gains = [mine[seed] - others[seed] for seed in mine if seed in others]
        if not gains:
            return Spread(None, None)
        return Spread(statistics.fmean(gains), statistics.stdev(gains) if len(gains) > 1 else None)

    def averages(self, rule: str) -> dict[Seeds, float]:
        """Return the mean Dice of each run's reported predictor, by its seeds."""
        pairs = zip(map(seeds, self.records), self.rows(rule, "avg"), strict=True)
        return {seed: row.dice for seed, row in pairs if row.dice is not None}

    def is_twin_of(self, other: Line) -> bool:
        """Return whether this is the other configuration with unlabelled terms that weigh nothing, else as it was."""
        mine, theirs = self.first.cell, other.first.cell
        alike = ("method", "backbone", "fidelity", "label_draw", "has_named_seeds")
        if not mine.twin or theirs.twin or any(getattr(mine, name) != getattr(theirs, name) for name in alike):
            return False
        if beyond_twin(mine.overrides) != beyond_twin(theirs.overrides):
            return False
        return all(alike_but_twin(one, another) for one in self.valued() for another in other.valued())

    def valued(self) -> list[Valued]:
        """Return the records with what their cells resolved to."""
        return [(loaded, loaded.values()) for loaded in self.records]

    def mean_train_seconds(self) -> float:
        """Return the mean training time."""
        return statistics.fmean(loaded.record.seconds.train for loaded in self.records)


@dataclass(frozen=True)
class Group:
    """Lines that may stand in one table: same data set, labelled count, preset and distance unit."""

    dataset: str
    labeled: int
    preset: str
    unit: str
    lines: tuple[Line, ...]

    @property
    def records(self) -> list[Record]:
        """The records of all lines."""
        return [loaded.record for line in self.lines for loaded in line.records]

    @property
    def structures(self) -> tuple[str, ...]:
        """The data set's structures, in label order."""
        return self.lines[0].first.structures


def group(records: Sequence[LoadedRecord]) -> list[Group]:
    """Return the tables that records make; runs with all patients labelled join every table of their data set."""
    lines = _lines([loaded for loaded in records if loaded.record.status == "done"])
    keys = sorted({_table_key(line) for line in lines if not line.is_ceiling}, key=str)
    keys = keys or sorted({_table_key(line) for line in lines}, key=str)
    groups = []
    for key in keys:
        mine = [line for line in lines if _table_key(line) == key]
        ceiling = [line for line in lines if line not in mine and line.is_ceiling and _alike(_table_key(line), key)]
        groups.append(Group(*_identity(mine[0]), tuple(_told_apart([*sorted(mine, key=_order), *ceiling]))))
    return groups


def _told_apart(lines: Sequence[Line]) -> list[Line]:
    labels = Counter(line.label for line in lines)
    named = [line if labels[line.label] == 1 else Line(line.records, _overrides(line)) for line in lines]
    labels = Counter(line.label for line in named)
    return [line if labels[line.label] == 1 else Line(line.records, _cell(line)) for line in named]


def _overrides(line: Line) -> str:
    return " ".join(f"{field}={value}" for field, value in line.first.cell.overrides.items())


def _cell(line: Line) -> str:
    """Return what sets lines apart that ask for the same and got other values: the cell, whose page shows them."""
    return " ".join(part for part in (_overrides(line), f"cell {line.first.cell.id.rsplit('-', 1)[-1]}") if part)


def _lines(records: Sequence[LoadedRecord]) -> list[Line]:
    found: dict[Key, list[LoadedRecord]] = {}
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


def _configurations(records: Sequence[LoadedRecord]) -> list[list[LoadedRecord]]:
    """Part records of one name by what their cells resolved to: a changed default makes another configuration.

    So no seed stands twice in a line. Values that only some cells hold came later, at what was done before.
    """
    parts: list[list[Valued]] = []
    for loaded in sorted(records, key=lambda one: one.record.cell.seed):
        pair = loaded, loaded.values()
        fitting = (part for part in parts if all(alike_but_seeds(pair, other) for other in part))
        part = next(fitting, None)
        if part is None:
            parts.append([pair])
        else:
            part.append(pair)
    return [[loaded for loaded, _ in part] for part in parts]


def _identity(line: Line) -> tuple[str, int, str, str]:
    cell = line.first.cell
    return cell.dataset, cell.labeled, cell.preset, line.first.unit


def _table_key(line: Line) -> Key:
    return (*_identity(line), line.first.data_fingerprint, line.first.split_fingerprint)


def _alike(one: Key, other: Key) -> bool:
    return (one[0], *one[2:]) == (other[0], *other[2:])


def _order(line: Line) -> tuple[bool, str]:
    """Methods that use labels only come first, then by name; a protocol's variants stay in its order."""
    cell = line.first.cell
    return (cell.method != "supervised", cell.title if cell.variant else line.label)
