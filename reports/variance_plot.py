"""Components of variance, drawn: seeds against patients."""

from __future__ import annotations

from reports.rows_plot import Dot, Row, rows_plot
from reports.svg import Plot
from reports.variance import Crossing


def variance_plot(one: Crossing) -> Plot | None:
    """Return the standard deviation of each component with its interval; None while runs are missing."""
    rows = [
        Row(
            f"{part.name.replace(' x ', ' × ')} ({100 * one.share(part):.0f} %)",
            (Dot(part.variance**0.5, part.low**0.5, part.high**0.5),),
        )
        for part in one.components
    ]
    drawing = rows_plot(rows, ("",), "standard deviation, points of Dice", zero=True)
    words = f"Components of the variance of Dice: {one.line.label}"
    return None if drawing is None else drawing.plot(f"variance-{one.line.first.cell.id}", words)
