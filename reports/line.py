"""A configuration and its records, one a seed: a line of a table."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from reports.alike import (
    Seeds,
    Valued,
    alike_as_recorded,
    alike_but_twin,
    alike_in_code,
    beyond_twin,
    seeds,
)
from reports.reading import ReadOnce
from reports.spread import Spread
from results.record import Record
from results.summary import SummaryRow

Key = tuple[object, ...]


@dataclass(frozen=True)
class Line:
    """A configuration and its records, one a seed.

    distinction: what sets it apart from others of the same name, or of its table. told: fields of its cell that it
    names even where they are as usual, since other lines of its table have them otherwise.
    """

    records: tuple[ReadOnce, ...]
    distinction: str = ""
    told: frozenset[str] = frozenset()

    @property
    def first(self) -> Record:
        """The record of the lowest seed, for what all of them share."""
        return self.records[0].record

    @property
    def is_ceiling(self) -> bool:
        """Whether all training patients that have masks are labelled."""
        return self.first.cell.labeled == self.first.patients.train - self.first.patients.unmasked

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
        return ", ".join(filter(None, (self.named, self.distinction)))

    @property
    def named(self) -> str:
        """The label but for the distinction, which may be long."""
        cell = self.first.cell
        parts = [cell.title]
        if self.is_ceiling:
            parts.append(f"all {cell.labeled} labelled")
        usual = {"backbone": "unet", "fidelity": "fixed"}
        parts += [mine for name, one in usual.items() if (mine := getattr(cell, name)) != one or name in self.told]
        parts += [f"{cell.label_draw} draw"] if "label_draw" in self.told and not self.is_ceiling else []
        parts += ["twin without unlabelled terms"] if cell.twin else []
        parts += ["seeds crossed"] if self.is_crossed else []
        parts += [cell.variant] if cell.variant else []
        return ", ".join(parts)

    @property
    def seeds_told(self) -> str:
        """How many seeds the runs have, as a table has it: crossed runs share some, so they are counted as runs."""
        runs = len(self.records)
        if self.is_crossed:
            return f"{runs} run{'s' * (runs != 1)}"
        return "1 seed" if runs == 1 else str(runs)

    @property
    def updates(self) -> str:
        """The updates of each stage, as a table has them."""
        return " + ".join(f"{stage.updates:,}" for stage in self.first.stages)

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
        return Spread.of_rows(self.rows(rule, structure), metric, len(self.records))

    def gain_over(self, twin: Line, rule: str) -> Spread:
        """Return mean and deviation over common seeds of this line's mean Dice minus its twin's."""
        mine, others = self.averages(rule), twin.averages(rule)
        gains = [mine[seed] - others[seed] for seed in mine if seed in others]
        return Spread.of(gains, len(self.records))

    def averages(self, rule: str) -> dict[Seeds, float]:
        """Return the mean Dice of each run's reported predictor, by its seeds."""
        pairs = ((seeds(one), row) for one in self.records for row in Line((one,)).rows(rule, "avg"))
        return {seed: row.dice for seed, row in pairs if row.dice is not None}

    def is_twin_of(self, other: Line) -> bool:
        """Return whether this is the other configuration with unlabelled terms that weigh nothing, else as it was."""
        mine, theirs = self.first.cell, other.first.cell
        alike = ("method", "backbone", "fidelity", "label_draw", "has_named_seeds")
        if not mine.twin or theirs.twin or any(getattr(mine, name) != getattr(theirs, name) for name in alike):
            return False
        if beyond_twin(mine.overrides) != beyond_twin(theirs.overrides):
            return False
        pairs = [(one, another) for one in self.valued() for another in other.valued()]
        recorded = all(alike_as_recorded(one[0].record, another[0].record) for one, another in pairs)
        return recorded and all(alike_but_twin(*pair) and alike_in_code(pair[0][0], pair[1][0]) for pair in pairs)

    def valued(self) -> list[Valued]:
        """Return the records with what their cells resolved to."""
        return [(loaded, loaded.values()) for loaded in self.records]

    def mean_train_seconds(self) -> float:
        """Return the mean training time."""
        return statistics.fmean(loaded.record.seconds.train for loaded in self.records)
