"""Differences of each test patient: methods over supervised training, and over their twins."""

from __future__ import annotations

from collections.abc import Mapping

from reports.paired import over_floor, over_twins
from reports.paired_plot import paired_plot
from reports.section import Scene, Section
from reports.svg import Plot


def view(scene: Scene) -> Mapping[str, Plot | None] | None:
    """Return both drawings by what is compared with, None where nothing is; None where there is neither."""
    floor = over_floor(scene)
    label, pairs = floor or ("", [])
    found = {
        label or "supervised training": paired_plot(pairs, "over_supervised", f"Dice over {label}, a dot a patient"),
        "its twin": paired_plot(over_twins(scene), "over_twins", "Dice over the method's twin, a dot a patient"),
    }
    return found if any(found.values()) else None


SECTION = Section("paired", "Which patients gain", view, plots=lambda shown: shown.values())
