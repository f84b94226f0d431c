"""What records of older schema versions say, in the words of the next version."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from results.weights import RELEASED, has_released

RENAMED, FORMER = RELEASED, "unet-transposed"


def named_by_weights(values: dict[str, Any]) -> dict[str, Any]:
    """Return version 1's values as version 2's: ``unet`` in it is ``unet-transposed`` now, as its weights tell.

    Until 2026-11-27 ``unet`` named the network with transposed convolutions; since then the released one, which has
    1,813,764 weights at four classes. The id stays, and so does cell.json, which the id is a hash of.
    """
    cell, structures = values.get("cell"), values.get("structures")
    known = isinstance(structures, list) and not has_released(values)
    if known and isinstance(cell, dict) and cell.get("backbone") == RENAMED:
        values = {**values, "cell": {**cell, "backbone": FORMER}}
    return {**values, "schema_version": 2}


def without_content_or_code(values: dict[str, Any]) -> dict[str, Any]:
    """Return version 2's values as version 3's, which may tell the data by content and the code by digests.

    Version 2 does neither, and what nobody kept can't be added. A reader sees it: no ``content``, a fingerprint that
    is bare digits, and no ``code``.
    """
    return {**values, "schema_version": 3}


def without_audit(values: dict[str, Any]) -> dict[str, Any]:
    """Return version 3's values as version 4's, which may tell what an audit of the data found; 3 knows none."""
    return {**values, "audit": None, "schema_version": 4}


MIGRATIONS: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = {
    1: named_by_weights,
    2: without_content_or_code,
    3: without_audit,
}
"""For each older version, how its values become the next version's."""
