"""What an audit found in the data."""

from __future__ import annotations

from reports.audits import audited
from reports.section import Section

SECTION = Section("audit", "Audit of the data", lambda scene: audited(scene.group))
