"""Validation Dice and loss terms over updates."""

from __future__ import annotations

from collections.abc import Mapping

from reports.plots import loss_curves, validation_curves
from reports.section import Scene, Section


def curves(scene: Scene) -> Mapping[str, str] | None:
    """Return both figures by name, empty where no run has a curve for one; None where there is neither."""
    found = {"validation": validation_curves(scene.group), "losses": loss_curves(scene.group)}
    return {name: figure or "" for name, figure in found.items()} if any(found.values()) else None


SECTION = Section("training", "Training", curves)
