"""Patients of a row, worst first, and their slices with contours."""

from __future__ import annotations

from reports.explorer import explorer
from reports.section import Section

SECTION = Section("explorer", "Cases: patients and slices", explorer, shared=lambda shown: shown.shared)
