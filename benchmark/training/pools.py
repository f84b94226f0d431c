"""A cell's pools: images of a source's patients, scaled and resized as the cell is trained."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

import torch

from benchmark.cells.cell import Cell
from data import presets
from data.case import Case
from data.content import Known
from data.grid import Grid, Resizing
from data.orientation import say_once
from data.pool import Fitted, Pool, build_pool, fitted, pool_of
from data.preparing.place import place_of
from data.preparing.shards import Shards
from data.source import Source

HOW = "its files are read; python -m data.prepare makes those of a run, given its preset and what it sets of slices"


@dataclass(frozen=True)
class Pools:
    """Builds the pools of a cell on a device."""

    cell: Cell
    source: Source
    device: torch.device

    def labeled(self) -> Pool:
        """Return the labelled patients' pool, of slices on which anything is labelled."""
        return self._labeled.labeled()

    def unlabeled(self) -> Pool:
        """Return the pool of the other training patients and of labelled ones' slices on which nothing is labelled."""
        others = self._of(self._others(), False, self.cell.schedule.resizing)
        return others.and_of(self._labeled.unlabeled()) if self._labeled.partial else others

    def diagnosed(self) -> Pool:
        """Return the pool of other training patients that have masks, with these; for a diagnosis only."""
        unmasked = {*self.source.split.unmasked}
        masked = [patient for patient in self._others() if patient not in unmasked]
        return self._of(masked, True, self.cell.schedule.resizing)

    def validation(self) -> Pool:
        """Return the validation patients' pool, resized as test patients are."""
        return self._of(self.source.split.val, True, self.cell.schedule.test_resizing)

    @cached_property
    def _labeled(self) -> Pool:
        return self._of(self.cell.labeled_patients, True, self.cell.schedule.resizing)

    def _others(self) -> Sequence[str]:
        return self.source.split.unlabeled(self.cell.labeled_patients)

    def _of(self, patients: Sequence[str], masks: bool, resizing: Resizing) -> Pool:
        """Return the pool of patients, from prepared slices where these are there; the same numbers either way."""
        grid = grid_of(self.cell, resizing)
        shards = Shards(place_of(), grid)
        known = self.source.known(patients) if shards.are_there() else None
        if known is None and (elsewhere := shards.elsewhere(self.source.dataset)):
            say_once(elsewhere, f"slices of {self.source.dataset} are prepared, but not on this run's grid; {HOW}")
        if known is None:
            return build_pool(self._read(patients, masks), grid, self.device)
        prepared = {one.name: one for one in shards.found(known, masks) if one is not None}
        held = "; as long as one is not, all are held in memory" if 0 < len(prepared) < len(known) else ""
        print(f"{len(prepared)} of {len(known)} cases are prepared in {shards.folder}{held}", file=sys.stderr)
        return pool_of(list(self._fitted(known, prepared, masks, grid)), grid, self.device)

    def _fitted(
        self, cases: Sequence[Known], prepared: Mapping[str, Fitted], masks: bool, grid: Grid
    ) -> Iterator[Fitted]:
        """Yield cases on a grid, those that are prepared as they are; of the others one patient's are held."""
        for patient, group in groupby(cases, lambda one: one.patient):
            names = [one.name for one in group]
            if all(name in prepared for name in names):
                yield from (prepared[name] for name in names)
            else:
                read = self.source.cases([patient], masks=masks)
                yield from (prepared.get(case.name) or fitted(grid, case) for case in read)

    def _read(self, patients: Sequence[str], masks: bool) -> Iterator[Case]:
        """Yield the cases of patients; of one patient alone they are held."""
        for patient in patients:
            yield from self.source.cases([patient], masks=masks)


def grid_of(cell: Cell, resizing: Resizing) -> Grid:
    """Return the grid that a cell's slices are brought to."""
    schedule = cell.schedule
    return presets.grid_of(schedule.size, schedule.scaling, resizing, schedule.fit, cell.reading)
