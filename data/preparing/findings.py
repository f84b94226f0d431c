"""What is known of a data set while it is prepared, kept whatever the command ends with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from data.folders.broken import side_of
from data.folders.plan import Plan, read_plan, write_plan
from data.grid import Grid
from data.preparing.alone import KILLED
from data.preparing.aside import clean
from data.preparing.ledger import Ledger
from data.preparing.place import folder_of
from data.split import Split


class Findings:
    """What became of the cases of a data set so far, where that is to be kept, and whose each is."""

    def __init__(self, place: Path) -> None:
        self.place, self.ledger = place, Ledger()
        self.earlier: Mapping[str, str] = {}  # cases that were broken before, with their reasons
        self.is_whole = False  # whether all cases were looked at
        self._left = clean(place)
        self._root: Path | None = None
        self._whole: Split | None = None
        self._patient: Callable[[str], str | None] = lambda name: None
        self._grids: tuple[Grid, ...] = ()

    def of_plan(self, plan: Plan, root: Path, fold: int | None) -> None:
        """Take the plan of a folder, by which cases are on sides and into which those that are broken are written."""
        self._root, self.earlier = root, plan.broken
        self.of_split(plan.split(fold), lambda name: plan.patients.get(name, name))

    def of_split(self, whole: Split, patient: Callable[[str], str | None]) -> None:
        """Take a split before anybody is left out of it. patient: whose a case is."""
        self.ledger.dataset, self._whole, self._patient = whole.dataset, whole, patient

    def suspects(self) -> set[str]:
        """Return the cases at which a process was killed before: those that are read in one of their own."""
        return self._left | {name for name, reason in self.earlier.items() if reason == KILLED}

    def add(self, broken: Mapping[str, str]) -> None:
        """Take broken cases, by name with their reasons."""
        self.ledger.broken.update(broken)

    def reached(self, split: Split) -> None:
        """Take the split that is left of it."""
        self.ledger.unvalidated = bool(self._whole and self._whole.val and not split.val)

    def on(self, *grids: Grid) -> None:
        """Take the grids on which slices are made."""
        self._grids = grids

    def told(self) -> Iterator[str]:
        """Yield in words what became of the cases; nothing where none was looked into."""
        if self._is_empty():
            return
        for name in self.ledger.broken:
            patient = self._patient(name)
            if self._whole is not None and patient in (*self._whole.train, *self._whole.val, *self._whole.test):
                self.ledger.sides[name] = side_of(self._whole, patient)
        yield from self.ledger.lines()

    def keep(self) -> Iterator[str]:
        """Write the ledger, and into a folder's plan which cases are broken, and yield in words where."""
        if self._is_empty():
            return
        if self._root is not None and self._root.is_file() and self._keep_broken(self._root):
            yield f"{self._root} says which cases are broken; runs leave them out, and say so"
        folders = {folder_of(self.place, grid) for grid in self._grids}
        there = sorted(folder for folder in folders if folder.is_dir())
        for folder in there:
            yield f"prepared in {folder}; ledger: {self.ledger.write(folder).name}"
        if not there:
            yield f"nothing was prepared; ledger: {self.ledger.write(self.place)}"

    def _is_empty(self) -> bool:
        return not (self.is_whole or self.ledger.broken or self.ledger.states)

    def _keep_broken(self, root: Path) -> bool:
        """Write into a plan which cases are broken, where it says otherwise; return whether it did."""
        broken = dict(self.ledger.broken)
        if not self.is_whole:  # those that nobody came to are what they were
            broken = {**{name: why for name, why in self.earlier.items() if name not in self.ledger.states}, **broken}
        plan = read_plan(root)  # as its user may have edited it meanwhile
        if plan.broken == broken:
            return False
        write_plan(plan.model_copy(update={"broken": dict(sorted(broken.items()))}), root)
        return True
