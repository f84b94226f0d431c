"""How many weights the released network has, which tells it from the one that had its name before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

RELEASED = "unet"
WEIGHTS, BACKGROUND_AND_THREE = 1_813_764, 4
A_CLASS = 145  # weights of the last convolution for a class: 16 x 3 x 3, and a bias
A_CHANNEL = 144  # weights of the first convolution for a channel of the image beyond the first: 3 x 3 x 16


def released(structures: int) -> int:
    """Return how many weights the released network has for so many structures and the background."""
    return WEIGHTS + A_CLASS * (1 + structures - BACKGROUND_AND_THREE)


def may_be_released(count: int, structures: int) -> bool:
    """Return whether the released network has so many weights, for images of one channel or several."""
    beyond = count - released(structures)
    return beyond >= 0 and beyond % A_CHANNEL == 0


def has_released(values: Mapping[str, Any]) -> bool:
    """Return whether a record's values give the released network's count, as a number or as text."""
    count = values.get("parameters")
    number = int(count) if isinstance(count, str) and count.strip().isdecimal() else count
    return bool(number == released(len(values["structures"])))


def right_count(structures: object) -> str:
    """Return what count would be right for the released network, to follow an error; empty where nobody can say."""
    if not isinstance(structures, list | tuple):
        return ""
    return f"network {RELEASED} has {released(len(structures)):,} weights at {len(structures)} structures"
