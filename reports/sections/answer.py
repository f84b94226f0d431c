"""What was compared, the answer with its uncertainty, the claim in print, and the table that a reader sorts."""

from __future__ import annotations

from reports.answer import answer
from reports.section import Section

SECTION = Section("answer", "Answer", answer, folded=False)
