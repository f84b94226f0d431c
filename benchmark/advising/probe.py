"""What a cell costs here: a few updates of each method, and a whole run of a few that is scored and thrown away."""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmark.advising.ladder import MOST_FOLDS
from benchmark.advising.subject import Subject, folds_of
from benchmark.cells.cell import Cell, Wish, resolve_cell
from benchmark.launchers.forecast import Pace
from benchmark.running.execution import rehearse, run_cell
from benchmark.running.options import Options
from data.source import Source
from results.store import Store

UPDATES = 10
SUPERVISED = "supervised"


@dataclass(frozen=True)
class Probe:
    """Times methods on the first of MOST_FOLDS folds with the labels of a setting."""

    subject: Subject
    methods: Sequence[str]
    options: Options
    ratio: float

    def __call__(self, preset: str) -> Mapping[str, Pace]:
        """Return the pace of supervised training and of each method at a preset."""
        with TemporaryDirectory() as folder, contextlib.redirect_stderr(io.StringIO()):
            root = Path(folder)
            source = next(iter(folds_of(self.subject, self.subject.count(MOST_FOLDS), root / "folds.json").values()))
            return {name: self._pace(source, name, preset, Store(root)) for name in (SUPERVISED, *self.methods)}

    def _pace(self, source: Source, method: str, preset: str, store: Store) -> Pace:
        """Return a method's pace: updates by a rehearsal, as a sweep's dry run has it, all else by a whole run."""
        wish = Wish(method=method, dataset=source.dataset, ratio=self.ratio, preset=preset)
        cell = resolve_cell(wish, source, self.options.device.type)
        stages, outcome = rehearse(_short(cell, 1), source, self.options)
        begun = time.monotonic()
        whole = _short(cell, cell.schedule.validations)
        run_cell(whole, source, store, self.options)
        record = store.load(whole.id).record
        passes = len(stages) if cell.schedule.per_stage else 1
        update = outcome.seconds / sum(stage.updates for stage in stages) * passes
        return Pace(update, max(0.0, time.monotonic() - begun - record.seconds.train))


def _short(cell: Cell, validations: int) -> Cell:
    """Return a cell of a few updates; as many points of a ledger are scored after them as the preset validates."""
    schedule = cell.schedule.model_copy(update={"updates": UPDATES, "validations": min(validations, UPDATES)})
    return cell.model_copy(update={"schedule": schedule})
