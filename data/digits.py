"""Whole numbers as people write them into headers, tables and names."""

from __future__ import annotations

import re

WRITTEN = re.compile(r"[0-9]{1,9}")


def whole_number(text: str) -> int | None:
    """Return the number that up to nine digits write; None for any other text, raised and foreign digits among it."""
    return int(text) if WRITTEN.fullmatch(text) else None
