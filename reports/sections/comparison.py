"""Which methods the test patients and seeds can tell apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.comparison import other_networks
from reports.section import Scene, Section


def view(scene: Scene) -> Mapping[str, Any] | None:
    """Return the comparison, and which lines stand in none as their network is another; None where there is neither."""
    found = {"compared": scene.compared, "other_networks": other_networks(scene.group)}
    return found if any(found.values()) else None


SECTION = Section("comparison", "Which methods can be told apart", view)
