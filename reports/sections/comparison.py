"""Which methods the test patients and seeds can tell apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reports.comparison import Compared, other_draws, other_networks
from reports.section import Scene, Section
from reports.svg import Plot


def view(scene: Scene) -> Mapping[str, Any] | None:
    """Return the comparison, and which lines stand in none since they are of another kind; None where nothing is."""
    apart = [words for words in (other_networks(scene.group), other_draws(scene.found)) if words]
    found = {"compared": scene.compared, "left_out": apart}
    return found if any(found.values()) else None


def drawn(shown: Mapping[str, Any]) -> Iterable[Plot | None]:
    """Return the ranks."""
    compared: Compared | None = shown["compared"]
    return () if compared is None else (compared.plot,)


SECTION = Section("comparison", "Which methods can be told apart", view, plots=drawn)
