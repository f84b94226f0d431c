"""Dice over the number of labelled patients, of lines that differ in nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from reports.label_efficiency import Efficiency, efficiencies
from reports.label_efficiency_plot import efficiency_plot
from reports.section import Overview, Scene
from reports.svg import Plot


def view(scenes: Sequence[Scene]) -> list[tuple[Efficiency, Plot]]:
    """Return a drawing for each data set and schedule of which any line was run with several numbers of labels."""
    return [(one, efficiency_plot(one)) for one in efficiencies([scene.found for scene in scenes])]


OVERVIEW = Overview(
    "label_efficiency",
    "Dice by the number of labelled patients",
    view,
    plots=lambda shown: (plot for _, plot in shown),
)
