"""Where the gain comes from: recipe, batch statistics, unlabelled term."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.gain_steps import gain_steps, shares
from reports.section import Scene, Section


def view(scene: Scene) -> Mapping[str, Any] | None:
    """Return the steps, and of which methods the gain is their recipe's; None where no step is known."""
    steps = gain_steps(scene)
    return None if steps is None else {"steps": steps, "recipes": shares(steps.ways)}


SECTION = Section("gain_steps", "Where the gain comes from", view)
