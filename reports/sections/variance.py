"""Where the variance is: components of a full crossing of seeds."""

from __future__ import annotations

from reports.section import Scene, Section
from reports.svg import Plot
from reports.variance import Crossing, crossings
from reports.variance_plot import variance_plot


def view(scene: Scene) -> list[tuple[Crossing, Plot | None]]:
    """Return the crossings with their drawings, None while runs are missing."""
    return [(one, variance_plot(one)) for one in crossings(scene.found)]


SECTION = Section("variance", "Where the variance is", view, plots=lambda shown: (plot for _, plot in shown))
