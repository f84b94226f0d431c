"""The page's first table: a row a configuration, its scores as printed, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reports.comparison import Compared
from reports.findings import Findings
from reports.formatting import TITLES, fixed, printed, shown, signed
from reports.gain import lacking
from reports.line import Line
from reports.spread import Spread

AVERAGE_METRICS = tuple(TITLES)
STRUCTURE_METRICS = ("dice", "jaccard", "hd95", "asd")
"""Metrics of the average over the structures, and of each structure."""


@dataclass(frozen=True)
class Score:
    """A cell: mean and deviation over seeds, and the interval that stands below, empty where there is none."""

    mean: str
    interval: str


@dataclass(frozen=True)
class Row:
    """A configuration. standing: the letters of its groups, or words. gain: over its twin; either may be empty."""

    line: Line
    standing: str
    gain: str
    scores: tuple[Score, ...]
    missed: int
    false_alarm: int
    updates: str
    minutes: float


@dataclass(frozen=True)
class MainTable:
    """The rows, with the titles of the average's columns and of each structure's.

    seeded: whether any row has several seeds. same_labels: whether all runs that drew patients drew the same.
    """

    rows: tuple[Row, ...]
    average: tuple[str, ...]
    structure: tuple[str, ...]
    compared: bool
    twins: bool
    seeded: bool
    same_labels: bool


def main_table(found: Findings, compared: Compared | None) -> MainTable:
    """Return the table of a group's scores under the reported rule."""
    group = found.group
    return MainTable(
        rows=tuple(_row(found, number, compared) for number in range(len(group.lines))),
        average=tuple(TITLES[metric] for metric in AVERAGE_METRICS),
        structure=tuple(TITLES[metric] for metric in STRUCTURE_METRICS),
        compared=compared is not None,
        twins=any(line.first.cell.twin for line in group.lines),
        seeded=any(len(line.records) > 1 for line in group.lines),
        same_labels=len({one.labeled_patients for line in group.lines for one in line.drawn}) == 1,
    )


def _row(found: Findings, number: int, compared: Compared | None) -> Row:
    line, rows = found.group.lines[number], found.rows[number, found.rule, "avg"]
    return Row(
        line=line,
        standing="" if compared is None else compared.standings[number],
        gain=gain_of(found, number),
        scores=_scores(found, number),
        missed=sum(row.missed for row in rows),
        false_alarm=sum(row.false_alarm for row in rows),
        updates=line.updates,
        minutes=line.mean_train_seconds() / 60,
    )


def _scores(found: Findings, number: int) -> tuple[Score, ...]:
    """Return a row's cells, those of the average first, then structure by structure."""
    inside = found.intervals[found.rule]
    places = [("avg", metric) for metric in AVERAGE_METRICS]
    places += [(structure, metric) for structure in found.group.structures for metric in STRUCTURE_METRICS]
    return tuple(
        Score(
            shown(found.spreads[number, found.rule, structure, metric], metric),
            printed(inside.get((number, structure, metric)), metric),
        )
        for structure, metric in places
    )


def gain_of(found: Findings, number: int) -> str:
    """Return the gain of a line over its twin in points of Dice with its sign, empty where no twin was run."""
    line = found.group.lines[number]
    for other, twin in enumerate(found.group.lines):
        gain = line.gain_over(twin, found.rule) if twin.is_twin_of(line) else Spread(None, None)
        if gain.mean is not None:
            text = signed(100 * gain.mean) + ("" if gain.deviation is None else f" ± {fixed(100 * gain.deviation)}")
            part = replace(gain, lacking=lacking(found, number, other)).partly
            return f"{text} ({part})" if part else text
    return ""
