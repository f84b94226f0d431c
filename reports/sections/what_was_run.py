"""Data, split, network, convention, machine and code of a table."""

from __future__ import annotations

from reports.section import Section
from reports.what_was_run import what_was_run

SECTION = Section("what_was_run", "What was run", lambda scene: what_was_run(scene.group))
