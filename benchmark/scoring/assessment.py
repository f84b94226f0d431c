"""A trained method, from the opening of the gate to its record: scores, ledger, and a look inside."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmark.cells.cell import Cell
from benchmark.cells.seeding import seed
from benchmark.environment.memory import peak_memory_mib
from benchmark.scoring.diagnosis import Diagnosis
from benchmark.scoring.evaluator import Evaluator
from benchmark.scoring.gallery import gallery
from benchmark.scoring.ledger import ledger
from benchmark.scoring.parts import Evaluators
from benchmark.scoring.recording import Measured, TrainedMethod, make_record
from benchmark.scoring.scored import Scored
from benchmark.scoring.tables import headline_of, scores_of
from benchmark.training.history import COLUMNS
from benchmark.training.pools import Pools, grid_of
from benchmark.training.progress import Progress
from benchmark.training.resume import Place
from benchmark.training.snapshots import Snapshots
from data.held_out import Gate
from data.source import Source
from methods.asked import inspected_of
from results.images import bounded, packed
from results.record import Opening, Record, Seconds

if TYPE_CHECKING:
    import pandas as pd

Tables = Mapping[str, "pd.DataFrame"]


@dataclass(frozen=True)
class Assessed:
    """A run's record, its tables, and the arrays of its predictions and gallery."""

    record: Record
    tables: Tables
    arrays: Mapping[str, Mapping[str, Any]]


def assess(cell: Cell, gate: Gate, trained: TrainedMethod, place: Place, progress: Progress) -> Assessed:
    """Score a trained method on the test patients; what each case and each look inside took is a sign of life."""
    import pandas as pd

    begun = time.perf_counter()
    progress.after("scoring")
    evaluators, scored = _evaluators(cell, gate, trained, progress), Scored()
    found = scores_of(evaluators, trained.method, trained.outcome, scored)
    pictures = gallery(evaluators.held_out, found.masks, headline_of(found.cases))
    peak = peak_memory_mib(trained.settings.device)  # before a look inside, which few methods allow
    openings = tuple(Opening(purpose=one.purpose, updates=one.updates) for one in gate.openings)
    history = trained.outcome.history
    tables = {
        "cases": found.cases,
        "history": pd.DataFrame(history.rows, columns=list(COLUMNS)),
        "conventions": found.conventions,
        "volumes": found.volumes,
        "ledger": ledger(evaluators, trained.method, place.points, history, scored),
        **_diagnose(cell, gate.outside, trained, place.snapshots, progress),
    }
    seconds = Seconds(train=trained.outcome.seconds, evaluate=time.perf_counter() - begun)
    record = make_record(cell, gate.outside, trained, found.cases, Measured(openings, seconds, peak))
    return Assessed(
        record, tables, {"masks": found.masks, "gallery": pictures, "images": packed(bounded(found.pictured))}
    )


def _evaluators(cell: Cell, gate: Gate, trained: TrainedMethod, progress: Progress) -> Evaluators:
    """Open the gate, and return what scores the cases behind it."""
    settings, alive = trained.settings, partial(progress.after, "scoring")
    task, grid = gate.outside.task, grid_of(cell, cell.schedule.test_resizing)
    made = partial(Evaluator, task, grid=grid, device=settings.device, autocast=settings.autocast(), alive=alive)
    return Evaluators(gate.unlocked("scoring", progress.total), made)


def _diagnose(cell: Cell, source: Source, trained: TrainedMethod, snapshots: Snapshots, progress: Progress) -> Tables:
    """Return the tables of a look inside the method, none if it shows nothing; the unlabelled masks are read here."""
    inspected, settings = inspected_of(trained.method), trained.settings
    if inspected is None or not snapshots.updates():
        return {}
    unlabeled = Pools(cell, source, settings.device).diagnosed()
    if not len(unlabeled):
        return {}
    classes = ("background", *source.task.structures)
    rng, alive = np.random.default_rng(seed(cell.seed, "diagnosis")), partial(progress.after, "diagnosis")
    return Diagnosis(inspected, unlabeled, classes, settings.autocast(), alive).tables(snapshots, rng)
