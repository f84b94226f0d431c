"""Which cells of a plan are done and by whose code, and which are to run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmark.cells.cell import Cell
from benchmark.environment.code import taken
from benchmark.errors import UsageError
from benchmark.outside.named import method_named
from results.standing import MADE_BY_OTHER
from results.store import Store


@dataclass(frozen=True)
class Made:
    """A plan's cells in its order. todo: to run; anew: of these, whose records other code made.

    words: what is said beside a cell, by id; empty where nothing is. other, untold: how many done cells are left that
    other code made, and whose code is not told.
    """

    cells: Sequence[Cell]
    todo: Sequence[Cell]
    anew: frozenset[str]
    words: Mapping[str, str]
    other: int
    untold: int

    def __str__(self) -> str:
        """How many cells are done and to run, and how many of them other code made."""
        lines = [f"{len(self.cells)} cells, {len(self.cells) - len(self.todo)} done, {len(self.todo)} to run"]
        lines += [f"{len(self.anew)} to run {MADE_BY_OTHER}, and trained anew"] if self.anew else []
        lines += [f"{self.other} done {MADE_BY_OTHER}; --force trains such cells anew"] if self.other else []
        lines += [f"{self.untold} done by code that their records do not tell by content"] if self.untold else []
        return "\n".join(lines)


def made(cells: Sequence[Cell], store: Store, force: Sequence[str] | None) -> Made:
    """Return what is done and to run. force: methods whose cells are trained anew where other code made them.

    All methods where it is empty, none where it is None; UsageError for one that no cell is of.
    """
    _check(cells, force)
    checkout = taken().checkout
    kinds, words = dict[str, str](), dict[str, str]()
    for cell in cells:
        if store.has(cell.id):
            standing = checkout.standing(store.load(cell.id))
            kinds[cell.id], said = standing.kind, standing.words
        else:
            said = checkout.begun(store.folder(cell.id))
        words[cell.id] = f": {said}" if said else ""
    forced = {cell.id for cell in cells if force is not None and (not force or cell.method in force)}
    other = {cell_id for cell_id, kind in kinds.items() if kind == "other"}
    anew = frozenset(other & forced)
    return Made(
        cells=cells,
        todo=[cell for cell in cells if cell.id not in kinds or cell.id in anew],
        anew=anew,
        words=words,
        other=len(other - anew),
        untold=sum(kind == "untold" for kind in kinds.values()),
    )


def _check(cells: Sequence[Cell], force: Sequence[str] | None) -> None:
    there = {cell.method for cell in cells}
    for name in force or ():
        if name not in there:
            method_named(name)  # says of a name that nobody knows which is near
            raise UsageError(f"--force {name}: the sweep has no cell of it; it has {', '.join(sorted(there))}")
