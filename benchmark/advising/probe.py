"""What a cell costs here: a few updates of each method, and a whole run of a few that is scored and thrown away."""

from __future__ import annotations

import contextlib
import copy
import io
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmark.advising.ladder import ALONE, MOST_FOLDS
from benchmark.advising.protocol import VALIDATED
from benchmark.advising.subject import Subject, folds_of
from benchmark.cells.cell import Cell, Wish, resolve_cell
from benchmark.launchers.forecast import Pace
from benchmark.running.execution import rehearse, run_cell
from benchmark.running.options import Options
from data.source import Source
from results.store import Store

UPDATES = 10


@dataclass(frozen=True)
class Probe:
    """Times methods on the first of MOST_FOLDS folds with a share of its labels."""

    subject: Subject
    methods: Sequence[str]
    options: Options
    ratio: float

    def __call__(self, preset: str) -> Mapping[str, Pace]:
        """Return the pace of both recipes of supervised training and of each method at a preset.

        Updates by a rehearsal of each, as a sweep's dry run has it. The rest is that of the first method: data are read
        and patients scored by all alike, and a look inside, which few allow, is in it.
        """
        with TemporaryDirectory() as folder, contextlib.redirect_stderr(io.StringIO()):
            root = Path(folder)
            source = next(iter(folds_of(self.subject, self.subject.count(MOST_FOLDS), root / "folds.json").values()))
            cells = {name: self._cell(source, name, preset) for name in (*ALONE, *self.methods)}
            updates = {name: self._update(cell, source) for name, cell in cells.items()}
            first = self.methods[0]
            begun = time.monotonic()
            run_cell(cells[first], source, Store(root), self.options)
            rest = max(0.0, time.monotonic() - begun - UPDATES * updates[first])
        return {name: Pace(update, rest) for name, update in updates.items()}

    def _cell(self, source: Source, method: str, preset: str) -> Cell:
        """Return a cell of a few updates, validated as often as the runs are."""
        wish = Wish(method=method, dataset=source.dataset, ratio=self.ratio, preset=preset, set=VALIDATED)
        cell = resolve_cell(wish, source, self.options.device.type)
        return cell.model_copy(update={"schedule": cell.schedule.model_copy(update={"updates": UPDATES})})

    def _update(self, cell: Cell, source: Source) -> float:
        """Return the seconds of one of the schedule's updates, validations left out, which are no matter of updates."""
        unvalidated = copy.copy(source)
        unvalidated.split = replace(source.split, val=())
        stages, outcome = rehearse(cell, unvalidated, self.options)
        updates = sum(stage.updates for stage in stages)
        return outcome.seconds / updates * cell.updates(len(stages)) / cell.schedule.updates
