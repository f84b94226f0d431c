"""Validation Dice and loss terms over updates."""

from __future__ import annotations

from collections.abc import Mapping

from reports.plots import loss_curves, validation_curves
from reports.section import Scene, Section


def curves(scene: Scene) -> Mapping[str, str] | None:
    """Return both figures by name, without one that no run has a curve for; None where there is neither."""
    found = {"validation": validation_curves(scene.group), "losses": loss_curves(scene.group)}
    return {name: figure for name, figure in found.items() if figure} or None


SECTION = Section("training", "Training", curves)
