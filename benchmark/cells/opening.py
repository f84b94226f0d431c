"""What a cell is that a user's words do not tell, in the sentences that a run begins with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from benchmark.cells.cell import Cell


def opening(cell: Cell) -> Iterator[str]:
    """Yield that a cell is a twin, and what that means."""
    if cell.twin:
        nothing = f"{cell.method} with {_words(cell.registered().cls.twin)}, where unlabelled slices teach nothing"
        yield f"twin: {nothing}; what {cell.method} itself gains over this run is what they taught it"


def _words(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{field}={value}" for field, value in values.items())
