"""Dice of each structure by method."""

from __future__ import annotations

from reports.findings import Findings
from reports.rows_plot import Dot, Row, rows_plot
from reports.svg import Plot

METRIC = "dice"


def structures_plot(found: Findings) -> Plot | None:
    """Return means of each structure with their intervals, rows by falling mean of the average, ceilings last."""
    lines, structures = found.group.lines, found.group.structures

    def place(number: int) -> tuple[bool, float]:
        return lines[number].is_ceiling, -(found.spreads[number, found.rule, "avg", METRIC].mean or -1.0)

    rows = [
        Row(lines[number].label, tuple(_dot(found, number, structure) for structure in structures))
        for number in sorted(range(len(lines)), key=place)
    ]
    drawing = rows_plot(rows, structures, "Dice %")
    return None if drawing is None else drawing.plot("structures", "Dice of each structure by method")


def _dot(found: Findings, number: int, structure: str) -> Dot | None:
    mean = found.spreads[number, found.rule, structure, METRIC].mean
    if mean is None:
        return None
    inside = found.intervals[found.rule].get((number, structure, METRIC))
    low, high = (None, None) if inside is None else (100 * inside.low, 100 * inside.high)
    return Dot(100 * mean, low, high)
