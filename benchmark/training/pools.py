"""A cell's pools: images of a source's patients, scaled and resized as the cell is trained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch

from benchmark.cells.cell import Cell
from data import presets
from data.case import Case
from data.grid import Grid, Resizing
from data.pool import Pool, build_pool
from data.source import Source


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
        return build_pool(self._read(patients, masks), grid_of(self.cell, resizing), self.device)

    def _read(self, patients: Sequence[str], masks: bool) -> Iterator[Case]:
        """Yield the cases of patients; of one patient alone they are held."""
        for patient in patients:
            yield from self.source.cases([patient], masks=masks)


def grid_of(cell: Cell, resizing: Resizing) -> Grid:
    """Return the grid that a cell's slices are brought to."""
    schedule = cell.schedule
    return presets.grid_of(schedule.size, schedule.scaling, resizing, schedule.fit, cell.reading)
