"""The same predictions under the conventions of other scripts."""

from __future__ import annotations

from reports.restated import restated
from reports.section import Section

SECTION = Section("restated", "What would another paper's script have said?", lambda scene: restated(scene.group))
