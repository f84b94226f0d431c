"""What records of older schema versions say, in the words of the next version."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

RENAMED, FORMER = "unet", "unet-transposed"
WEIGHTS, BACKGROUND_AND_THREE = 1_813_764, 4
A_CLASS = 145  # weights of the last convolution for a class: 16 x 3 x 3, and a bias


def named_by_weights(values: dict[str, Any]) -> dict[str, Any]:
    """Return version 1's values as version 2's: ``unet`` in it is ``unet-transposed`` now, as its weights tell.

    Until 2026-11-27 ``unet`` named the network with transposed convolutions; since then the released one, which has
    1,813,764 weights at four classes. The id stays, and so does cell.json, which the id is a hash of.
    """
    cell, structures = values.get("cell"), values.get("structures")
    if isinstance(cell, dict) and isinstance(structures, list) and cell.get("backbone") == RENAMED:
        released = WEIGHTS + A_CLASS * (1 + len(structures) - BACKGROUND_AND_THREE)
        if values.get("parameters") != released:
            values = {**values, "cell": {**cell, "backbone": FORMER}}
    return {**values, "schema_version": 2}


MIGRATIONS: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = {1: named_by_weights}
"""For each older version, how its values become the next version's."""
