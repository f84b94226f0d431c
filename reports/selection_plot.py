"""What choosing weights on the test patients would have gained, drawn."""

from __future__ import annotations

from collections.abc import Sequence

from reports.ledger import Gain
from reports.rows_plot import Dot, Row, rows_plot
from reports.svg import Plot

NAMES = ("over last", "over val_best")


def selection_plot(gains: Sequence[Gain]) -> Plot | None:
    """Return the gains of each line over both rules, the mean as a larger dot than each seed's."""
    rows = [
        Row(
            one.line.label,
            tuple(_dot(*pair) for pair in zip(one.means, (one.over_last, one.over_val_best), strict=True)),
        )
        for one in gains
    ]
    drawing = rows_plot(rows, NAMES, "points of Dice that choosing on the test patients gains", zero=True)
    return (
        None
        if drawing is None
        else drawing.plot("selection_gap", "What choosing on the test patients would have gained")
    )


def _dot(mean: float, seeds: Sequence[float]) -> Dot:
    return Dot(mean, seeds=tuple(seeds) if len(seeds) > 1 else ())
