"""Every metric of the average and of each structure, a row a configuration."""

from __future__ import annotations

from reports.main_table import main_table
from reports.section import Section

SECTION = Section("all_scores", "Every metric and structure", lambda scene: main_table(scene.found, scene.compared))
