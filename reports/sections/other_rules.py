"""The same runs under other ways to choose the weights."""

from __future__ import annotations

from reports.printed_table import printed_table
from reports.section import Section

SECTION = Section(
    "other_rules",
    "The same runs under other ways to choose the weights",
    lambda scene: [(rule, printed_table(scene.found, rule)) for rule in scene.found.rules[1:]],
)
