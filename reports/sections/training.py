"""Validation Dice and loss terms over updates."""

from __future__ import annotations

from collections.abc import Mapping

from reports.plots import loss_curves, validation_curves
from reports.section import Scene, Section
from reports.svg import Plot


def curves(scene: Scene) -> Mapping[str, Plot | None] | None:
    """Return both figures by name, None where no run has a curve for one; None where there is neither."""
    found = {"validation": validation_curves(scene.group), "losses": loss_curves(scene.group)}
    return found if any(found.values()) else None


SECTION = Section("training", "Training", curves, plots=lambda shown: shown.values())
