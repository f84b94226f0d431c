"""What choosing weights on the test patients would have gained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.ledger import without_ledger
from reports.section import Scene, Section
from reports.selection_plot import selection_plot


def ledger(scene: Scene) -> Mapping[str, Any] | None:
    """Return the gains, and which lines were not looked at; None where none was."""
    if not scene.gains:
        return None
    plot = selection_plot(scene.gains)
    return {"gains": scene.gains, "plot": plot, "without": without_ledger(scene.group, scene.gains)}


SECTION = Section(
    "ledger", "What choosing on the test set would have gained", ledger, plots=lambda shown: (shown["plot"],)
)
