"""A cell's pools: images of a source's patients, scaled and resized as the cell is trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from benchmark.cells.cell import Cell
from data.pool import Grid, Pool, Resizing, build_pool
from data.source import Source


@dataclass(frozen=True)
class Pools:
    """Builds the pools of a cell on a device."""

    cell: Cell
    source: Source
    device: torch.device

    def labeled(self) -> Pool:
        """Return the labelled patients' pool."""
        return self._of(self.cell.labeled_patients, True, self.cell.schedule.resizing)

    def unlabeled(self, masks: bool = False) -> Pool:
        """Return the other training patients' pool; no method is given their masks, which a diagnosis reads."""
        patients = self.source.split.unlabeled(self.cell.labeled_patients)
        return self._of(patients, masks, self.cell.schedule.resizing)

    def validation(self) -> Pool:
        """Return the validation patients' pool, resized as test patients are."""
        return self._of(self.source.split.val, True, self.cell.schedule.test_resizing)

    def _of(self, patients: Sequence[str], masks: bool, resizing: Resizing) -> Pool:
        cases = self.source.cases(patients, masks=masks) if patients else []
        return build_pool(cases, Grid(self.cell.schedule.size, self.cell.schedule.scaling, resizing), self.device)
