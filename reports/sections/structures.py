"""Dice of each structure by method."""

from __future__ import annotations

from reports.section import Section
from reports.structures import structures_plot

SECTION = Section(
    "structures", "Each structure", lambda scene: structures_plot(scene.found), plots=lambda shown: (shown,)
)
