"""Published averages, each with ours where the method was run, and where papers contradict each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.published import conflicts, published_rows
from reports.section import Scene, Section


def view(scene: Scene) -> Mapping[str, Any] | None:
    """Return the rows and the conflicts among them; None where nothing is printed of these data and labels."""
    rows = published_rows(scene.found)
    return {"rows": rows, "conflicts": conflicts(rows)} if rows else None


SECTION = Section("published", "Beside published numbers", view)
