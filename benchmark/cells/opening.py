"""What a cell is that a user's words do not tell, in the sentences that a run begins with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from benchmark.cells.cell import Cell
from benchmark.outside.carried import METHOD


def opening(cell: Cell) -> Iterator[str]:
    """Yield that a cell is a twin and what that means, and what its preset sets in place of a stranger's own values.

    Of a twin also in what its class says that it is no control.
    """
    if cell.twin:
        nothing = f"{cell.method} with {_words(cell.registered().cls.twin)}, where unlabelled slices teach nothing"
        yield f"twin: {nothing}; what {cell.method} itself gains over this run is what they taught it"
        for rule, why in cell.registered().cls.twin_caveats.items():
            yield f"twin: {cell.method} says of it, by the rule {rule} of benchmark.check: {why}"
    replaced = _replaced(cell) if METHOD in (cell.outside or {}) else {}
    if replaced:
        sets = _words({field: cell.config[field] for field in replaced})
        keeps = " ".join(f"--set {field}={value}" for field, value in replaced.items())
        own = f"{cell.method}'s own {_words(replaced)}"
        yield f"preset {cell.preset} sets {sets} in place of {own}; to keep that: {keeps}"


def _replaced(cell: Cell) -> Mapping[str, Any]:
    """Return a method's own values in whose place those that its preset tunes went, as nobody asked for others."""
    registered = cell.registered()
    own = registered.configure(cell.fidelity, {}).model_dump(mode="json")
    asked = {*cell.overrides, *(registered.cls.twin if cell.twin else ())}
    tuned = [field for field in cell.schedule.tuned_for(cell.method, own) if field not in asked]
    return {field: own[field] for field in tuned if own[field] != cell.config[field]}


def _words(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{field}={value}" for field, value in values.items())
