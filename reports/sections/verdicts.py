"""Does each published number hold?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.replication import MARGIN, comparisons, not_run
from reports.section import Scene, Section


def view(scene: Scene) -> Mapping[str, Any] | None:
    """Return the verdicts, a comparison each, and which published methods were not run; None without a verdict."""
    found = comparisons(scene.verdicts)
    return {"found": found, "not_run": not_run(scene.group), "margin": MARGIN} if found else None


SECTION = Section("verdicts", "Does the published number hold?", view)
