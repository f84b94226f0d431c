"""What sets the cells of a plan apart: in a line over all of them, and beside each id that does not tell it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from benchmark.cells.cell import Cell
from benchmark.outside.carried import METHOD
from results.distinct import MOST, fields_apart, words_of

FEW = 6
"""Values of a field that are named one by one."""
IMPLIED = {
    "data": "dataset",
    "split": "dataset",
    "file": "method",
    "label_seed": "seed",
    "init_seed": "seed",
    "data_seed": "seed",
}
"""Fields that an overview leaves out where the other says as much."""
IN_ID = ("dataset", "labeled", "method", "backbone", "preset", "seed")
BESIDE = ("fidelity", "twin", "label_draw", "label_seed", "init_seed", "data_seed", "weights", "file", "data", "split")
"""What a user chooses of a cell beside the fields of ``--set``; an id does not tell it."""


def apart(cells: Sequence[Cell]) -> Mapping[str, str]:
    """Return beside each cell's id the values by which it differs from cells whose ids read the same, as words.

    With them its ``--set`` values that not all cells share. A twin's own values are left out, as are those of None.
    """
    alike: dict[tuple[str, bool], list[Cell]] = defaultdict(list)
    for cell in cells:
        alike[cell.id.rpartition("-")[0], cell.twin].append(cell)
    shared = _shared(cells)
    found: dict[str, str] = {}
    for group in alike.values():
        found |= _words(group, shared)
    return {cell.id: found[cell.id] for cell in cells}


def _words(group: Sequence[Cell], shared: Collection[str]) -> Mapping[str, str]:
    """Return the words of cells whose ids read the same.

    Where they differ in many fields, each names those alone in which it is unlike most of them.
    """
    values = [_values(cell) for cell in group]
    fields = fields_apart(values, [*BESIDE, *_asked(group)]) if len(group) > 1 else []
    usual = {field: Counter(str(mine.get(field)) for mine in values).most_common(1)[0][0] for field in fields}
    found = {}
    for cell, mine in zip(group, values, strict=True):
        told = {field: value for field, value in mine.items() if value is not None}
        own = [field for field in fields if len(fields) <= MOST or str(mine.get(field)) != usual[field]]
        asked = [field for field in cell.overrides if field not in shared and field not in fields]
        found[cell.id] = words_of(told, dict.fromkeys([*own, *asked])) or "as most of its like" * bool(fields)
    return found


def overview(cells: Sequence[Cell]) -> str:
    """Return in what the cells of a plan differ, each field with its values, and the values that they share."""
    values = [_values(cell) for cell in cells]
    several, one = [], []
    for field in dict.fromkeys((*IN_ID, *BESIDE, *_asked(cells))):
        if _implied(field, values):
            continue
        seen = list(dict.fromkeys(str(mine[field]) for mine in values if mine.get(field) is not None))
        if len(seen) > 1 or (seen and field in BESIDE and any(mine.get(field) is None for mine in values)):
            several.append(f"{field} ({', '.join(seen) if len(seen) <= FEW else f'{len(seen)} values'})")
        elif seen and (field in IN_ID or field in _asked(cells)):
            one.append(f"{field} {seen[0]}")
    differ = f"cells differ in {', '.join(several)}" if len(cells) > 1 else "one cell"
    return f"{differ}; {'all have' if len(cells) > 1 else 'it has'} {', '.join(one)}" if one else differ


def _implied(field: str, values: Sequence[Mapping[str, object]]) -> bool:
    """Return whether another field tells all that this one does."""
    by = IMPLIED.get(field)
    return by is not None and len({mine[by] for mine in values}) == len({(mine[by], mine[field]) for mine in values})


def _asked(cells: Iterable[Cell]) -> list[str]:
    """Return the fields of ``--set`` of any of the cells."""
    return list(dict.fromkeys(field for cell in cells for field in cell.overrides))


def _shared(cells: Sequence[Cell]) -> set[str]:
    """Return the fields of ``--set`` that all cells have, with one value."""
    asked = _asked(cells)
    return {
        field
        for field in asked
        if len({str(cell.overrides[field]) for cell in cells if field in cell.overrides}) == 1
        and all(field in cell.overrides for cell in cells)
    }


def _values(cell: Cell) -> dict[str, object]:
    """Return what a cell resolved to, by field; what an id tells under the names of IN_ID."""
    mine = (cell.outside or {}).get(METHOD)
    schedule = cell.schedule.model_dump(exclude={"tuned"})
    beside = {
        "dataset": cell.dataset,
        "labeled": len(cell.labeled_patients),
        "method": cell.method,
        "backbone": cell.backbone,
        "preset": cell.preset,
        "seed": cell.seed,
        "fidelity": cell.fidelity,
        "twin": "yes" if cell.twin else "no",
        "label_draw": cell.label_draw,
        "label_seed": cell.seed if cell.label_seed is None else cell.label_seed,
        "init_seed": cell.seed_of("init"),
        "data_seed": cell.seed_of("data"),
        "weights": cell.weights,
        "file": None if mine is None else mine.place,
        "data": cell.data_fingerprint[:8],
        "split": cell.split_fingerprint[:8],
    }
    return {**schedule, **cell.config, **beside}
