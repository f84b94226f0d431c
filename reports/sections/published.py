"""Published averages, each with ours where the method was run."""

from __future__ import annotations

from reports.published import published_rows
from reports.section import Section

SECTION = Section("published", "Beside published numbers", lambda scene: published_rows(scene.found))
