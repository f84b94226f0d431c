"""Minutes of training against Dice."""

from __future__ import annotations

from reports.cost import Machine, machines
from reports.cost_plot import cost_plot
from reports.section import Scene, Section
from reports.svg import Plot


def view(scene: Scene) -> list[tuple[Machine, Plot]]:
    """Return a drawing for each kind of machine, whose minutes alone are compared."""
    found = machines(scene.found)
    names = ["cost", *(f"cost-{number}" for number in range(2, len(found) + 1))]
    return [(one, cost_plot(one, name)) for one, name in zip(found, names, strict=False)]


SECTION = Section("cost", "Cost against quality", view, plots=lambda shown: (plot for _, plot in shown))
