"""Pseudo-labels beside true masks, and representations, of the methods that were looked into."""

from __future__ import annotations

from reports.diagnosis import diagnosed, looked_into, pseudo_label_curves, representations
from reports.section import Scene, Section


def looks(scene: Scene) -> list[tuple[object, ...]]:
    """Return line, figures and the number of runs of each method that was looked into."""
    lines = diagnosed(scene.group)
    return [(line, pseudo_label_curves(line), representations(line), looked_into(line)) for line in lines]


SECTION = Section("inside", "Inside the methods", looks)
