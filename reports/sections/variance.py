"""Where the variance is: components of a full crossing of seeds."""

from __future__ import annotations

from reports.section import Section
from reports.variance import crossings

SECTION = Section("variance", "Where the variance is", lambda scene: crossings(scene.found))
