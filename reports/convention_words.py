"""What a convention makes of empty masks, in words, from what a record holds of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.line import Line


def in_words(line: Line) -> str:
    """Return a line's convention by its name and what it makes of empty masks."""
    values = line.first.convention
    costs: dict[str, list[str]] = {}
    names = {
        "both_empty": "a structure in neither mask",
        "missed": "a missed one",
        "false_alarm": "a false alarm",
    }
    for field, name in names.items():
        if field in values:
            costs.setdefault(_cost(values[field]), []).append(name)
    said = ", ".join(f"{' or '.join(those)} {cost}" for cost, those in costs.items())
    return f"{values['name']}: {said}" if said else str(values["name"])


def _cost(values: Mapping[str, Any] | None) -> str:
    """Return what a convention gives a pair of masks of which one or both are empty."""
    if values is None:
        return "does not count"
    overlap, diagonals = values.get("overlap"), values.get("diagonals")
    parts = [] if overlap is None else [f"Dice and Jaccard {overlap:g}"]
    if diagonals is not None:
        parts.append("the image's diagonal as distance" if diagonals == 1 else f"{diagonals:g} diagonals as distance")
    return f"has {' and '.join(parts)}" if parts else "has no score"
