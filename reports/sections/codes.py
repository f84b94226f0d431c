"""Of which code the runs of a line are, where that is not one."""

from __future__ import annotations

from reports.codes import code_notes
from reports.section import Section

SECTION = Section("codes", "Of which code", lambda scene: code_notes(scene.group, scene.codes))
