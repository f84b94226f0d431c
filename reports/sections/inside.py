"""Pseudo-labels beside true masks, and representations, of the methods that were looked into."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reports.diagnosis import diagnosed, looked_into, pseudo_label_curves, representations
from reports.line import Line
from reports.section import Scene, Section
from reports.svg import Plot

Look = tuple[Line, Plot | None, Plot | None, str]
"""Line, its pseudo-labels, its representations, and of how many runs that is."""


def looks(scene: Scene) -> list[Look]:
    """Return what was seen in each method that was looked into."""
    lines = diagnosed(scene.group)
    return [(line, pseudo_label_curves(line), representations(line), looked_into(line)) for line in lines]


def drawn(shown: Sequence[Look]) -> Iterable[Plot | None]:
    """Return the drawings of all lines."""
    return (plot for _, first, second, _ in shown for plot in (first, second))


SECTION = Section("inside", "Inside the methods", looks, plots=drawn)
