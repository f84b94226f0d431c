"""A method without its parts, beside the published ablation."""

from __future__ import annotations

from reports.ablation import ablation_rows
from reports.section import Section

SECTION = Section("ablation", "Beside the published ablation", lambda scene: ablation_rows(scene.found))
