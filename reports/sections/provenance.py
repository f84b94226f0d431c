"""Which records stand behind each row: seed, values, commit, data, machine and place."""

from __future__ import annotations

from reports.provenance import behind
from reports.section import Section

SECTION = Section("provenance", "The records behind each row", behind)
