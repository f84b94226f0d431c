"""Dice of each test case by method."""

from __future__ import annotations

from reports.plots import case_scores
from reports.section import Section

SECTION = Section("test_cases", "Each test case", lambda scene: case_scores(scene.found), plots=lambda shown: (shown,))
