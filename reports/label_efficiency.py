"""Lines of several tables that differ in nothing but the number of labelled patients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.alike import alike_but_labels, alike_but_patients, alike_in_code
from reports.findings import Findings
from reports.floor import FLOOR
from reports.line import Line
from reports.which_data import data_key

METRIC = "dice"
TOGETHER = 6
"""Lines that are told apart in one panel: as many as there are colours (reports.plots)."""
Key = tuple[object, ...]


@dataclass(frozen=True)
class Point:
    """A line at its number of labels, in per cent of Dice. low, high: of the 95 % interval; None where it has none."""

    labeled: int
    mean: float
    seeds: tuple[float, ...]
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Course:
    """What differs in nothing but labels, the fewest first. is_floor: whether it is plain supervised training."""

    label: str
    points: tuple[Point, ...]
    is_floor: bool = False


@dataclass(frozen=True)
class Efficiency:
    """The courses of one data set, schedule and unit. alone: points of lines with one number of labels."""

    title: str
    preset: str
    courses: tuple[Course, ...]
    alone: tuple[Point, ...]

    @property
    def is_crowded(self) -> bool:
        """Whether there are more courses than a reader tells apart in one panel."""
        return len(self.courses) > TOGETHER

    @property
    def counts(self) -> tuple[int, ...]:
        """The numbers of labelled patients."""
        points = (*self.alone, *(point for course in self.courses for point in course.points))
        return tuple(sorted({point.labeled for point in points}))


Found = tuple[Line, Point]


def efficiencies(found: Sequence[Findings]) -> list[Efficiency]:
    """Return the courses of a page's tables, by what the tables share; none where no line has two numbers of labels."""
    tables: dict[Key, list[Findings]] = {}
    for one in found:
        first, group = one.group.lines[0].first, one.group
        tested = tuple(sorted(first.structures)), first.patients.test
        tables.setdefault((group.dataset, group.preset, group.unit, *data_key(first), *tested), []).append(one)
    every = [_efficiency(part) for part in tables.values()]
    return [one for one in every if one.courses]


def _efficiency(tables: Sequence[Findings]) -> Efficiency:
    parts = _joined(tables)
    courses = [_course(part) for part in parts if len(part) > 1]
    alone = [point for part in parts if len(part) == 1 for _, point in part]
    courses.sort(key=lambda one: -one.points[-1].mean)
    group = tables[0].group
    return Efficiency(group.title, group.preset, tuple(courses), tuple(alone))


def _course(part: Sequence[Found]) -> Course:
    """Return the course of lines that differ in labels alone, called as the one with the fewest: no ceiling."""
    fewest, cell = part[0][0], part[0][0].first.cell
    return Course(fewest.label, tuple(point for _, point in part), cell.method == FLOOR and not cell.overrides)


def _joined(tables: Sequence[Findings]) -> list[list[Found]]:
    """Return the tables' lines in parts that differ in labels alone, each in their order."""
    found = {line.first.cell.id: (line, point) for one in tables for line, point in _points(one)}
    parts: list[list[Found]] = []
    named: dict[Key, list[list[Found]]] = {}  # of which parts a line may join, so that not all are asked
    for line, point in sorted(found.values(), key=lambda one: one[0].is_ceiling):
        mine = named.setdefault(tuple(getattr(line.first.cell, name) for name in NAMED), [])
        fitting = [part for part in mine if all(_may_join(line, other) for other, _ in part)]
        for part in fitting if line.is_ceiling else fitting[:1]:  # with all labels every draw is the same
            part.append((line, point))
        if not fitting:
            parts.append([(line, point)])
            mine.append(parts[-1])
    return [sorted(part, key=lambda one: one[1].labeled) for part in parts]


def _points(found: Findings) -> list[Found]:
    """Return the lines of a table with their mean; runs of crossed seeds, and lines without scores, have none."""
    points = []
    for number, line in enumerate(found.group.lines):
        spread = found.spreads[number, found.rule, "avg", METRIC]
        if spread.mean is None or line.is_crossed:
            continue
        inside = found.intervals[found.rule].get((number, "avg", METRIC))
        seeds = tuple(100 * row.dice for row in found.rows[number, found.rule, "avg"] if row.dice is not None)
        ends = (None, None) if inside is None else (100 * inside.low, 100 * inside.high)
        points.append((line, Point(line.first.cell.labeled, 100 * spread.mean, seeds, *ends)))
    return points


NAMED = ("method", "backbone", "fidelity", "twin")
ALIKE = (*NAMED, "overrides")


def _may_join(one: Line, other: Line) -> bool:
    """Return whether two lines differ in labels alone."""
    mine, theirs = one.first.cell, other.first.cell
    if mine.labeled == theirs.labeled or any(getattr(mine, name) != getattr(theirs, name) for name in ALIKE):
        return False
    if mine.label_draw != theirs.label_draw and not (one.is_ceiling or other.is_ceiling):
        return False
    first, second = ((line.records[0], line.records[0].values()) for line in (one, other))  # all runs of a line agree
    recorded = alike_but_patients(first[0].record, second[0].record)
    return recorded and alike_but_labels(first, second) and alike_in_code(first[0], second[0])
