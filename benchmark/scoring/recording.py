"""The record of a finished run, and the scores in it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from benchmark.cells.cell import Cell
from benchmark.environment.checkout import commit
from benchmark.environment.code import code_that_ran
from benchmark.environment.device import describe
from benchmark.metrics.conventions import DEFAULT
from benchmark.training.selection import HEADLINE
from benchmark.training.trainer import Outcome, Settings, validation_points
from data.auditing.finding import Severity
from data.auditing.kept import audit_of
from data.source import Source
from methods.asked import predictors_of
from methods.base import Method, Stage
from results.checksums import SUMS
from results.code import Code
from results.record import Opening, Record, Seconds
from results.store import LoadedRecord
from results.summary import summarize

if TYPE_CHECKING:
    import pandas as pd

TOLD: tuple[Severity, ...] = ("leak", "error", "warning")  # of an audit, in records
LEFT_BY_TRAINING = ("ledger", "diagnosis", "embedding")  # tables that scoring the weights again can't make


@dataclass(frozen=True)
class TrainedMethod:
    """A method at the end of its stages, what its training left and how that was done.

    paces: seconds an update of the stages that this process trained.
    """

    method: Method
    stages: Sequence[Stage]
    outcome: Outcome
    settings: Settings
    paces: Mapping[str, float]


@dataclass(frozen=True)
class Measured:
    """What was counted and timed of a run: the gate's openings, its seconds, and the most memory it held in MiB."""

    openings: Sequence[Opening]
    seconds: Seconds
    peak_memory_mib: float


def make_record(cell: Cell, source: Source, trained: TrainedMethod, cases: pd.DataFrame, measured: Measured) -> Record:
    """Return everything a page or a reader needs to know of a run."""
    name, predictor = next(iter(predictors_of(trained.method).items()))
    head, dirty = commit()
    split, stages, settings = source.split, trained.stages, trained.settings
    return Record.model_validate(
        {
            "status": "done",
            "sealed": True,
            "cell": _cell_info(cell),
            "structures": source.task.structures,
            "unit": cases["unit"].iloc[0],
            "convention": asdict(DEFAULT),
            "headline": {"predictor": name, "rule": HEADLINE},
            "labeled_patients": cell.labeled_patients,
            "patients": {
                "train": len(split.train),
                "val": len(split.val),
                "test": len(split.test),
                "unmasked": len(split.unmasked),
            },
            "origin": source.origin,
            "split_fingerprint": cell.split_fingerprint,
            "data_fingerprint": cell.data_fingerprint,
            "content": _content(cell, source),
            "audit": _audit(source),
            "environment": {**describe(settings.device), "precision": settings.precision, **_way(settings)},
            "commit": head,
            "dirty": dirty,
            "code": code_that_ran(cell.method, cell.dataset, cell.origins()),
            "updates": sum(stage.updates for stage in stages),
            "stages": [_stage_info(stage, trained, bool(split.val)) for stage in stages],
            "seconds": measured.seconds,
            "peak_memory_mib": measured.peak_memory_mib,
            "parameters": sum(weight.numel() for weight in predictor.parameters()),
            "test_openings": measured.openings,
            "summary": [row.model_dump() for row in summarize(cases, source.task.structures)],
        }
    )


def _way(settings: Settings) -> dict[str, bool]:
    """Return what of the way that a run was made moves its seconds and memory, where it is not the usual one."""
    return {"recompute": True} if settings.recompute else {}


def _content(cell: Cell, source: Source) -> dict[str, str] | None:
    """Return what the run read, by its content; of an older cell, which does not say, what the source finds."""
    content = cell.content or source.content()
    return None if content is None else asdict(content)


def _audit(source: Source) -> dict[str, object] | None:
    """Return what is known to be wrong with the data, in sentences."""
    report = audit_of(source)
    if report is None:
        return None
    told = {f"{severity}s": [f"{one.kind}: {one.what}" for one in report.of(severity)] for severity in TOLD}
    return {"fingerprint": report.fingerprint, "scope": report.scope, **told}


def _stage_info(stage: Stage, trained: TrainedMethod, validates: bool) -> dict[str, object]:
    chooses = validates and stage.keep == "best"
    looks = len(validation_points(stage.updates, trained.settings.validations)) if chooses else 0
    pace = trained.paces.get(stage.name)
    return {"name": stage.name, "updates": stage.updates, "chosen_from": looks, "seconds_an_update": pace}


def _cell_info(cell: Cell) -> dict[str, object]:
    registered = cell.registered()
    return {
        "id": cell.id,
        "dataset": cell.dataset,
        "labeled": len(cell.labeled_patients),
        "label_draw": cell.label_draw,
        "method": cell.method,
        "title": registered.title,
        "paper": registered.paper,
        "family": registered.family,
        "backbone": cell.built_backbone,
        "preset": cell.preset,
        "fidelity": cell.fidelity,
        "seed": cell.seed,
        "overrides": dict(cell.overrides),
        "twin": cell.twin,
        "label_seed": cell.label_seed,
        "init_seed": cell.init_seed,
        "data_seed": cell.data_seed,
        "outside": {role: {"name": one.name, "digest": one.digest} for role, one in (cell.outside or {}).items()},
    }


def rescored(
    before: LoadedRecord, record: Record, tables: Mapping[str, pd.DataFrame]
) -> tuple[Record, Mapping[str, pd.DataFrame]]:
    """Return the record of a run whose weights were scored again: what training and its points left stays.

    But for the ledger where the scores came out otherwise: its points are gone, and stand by the metrics of before. An
    older record, which does not tell its data by their content, then tells that of the test cases of today.
    """
    scores = {name: getattr(record, name) for name in ("summary", "convention", "unit", "sealed")}
    openings = (*before.record.test_openings, *record.test_openings)
    if before.record.content is None and record.content is not None:
        scores["content"] = record.content.model_copy(update={"training": None})
    ledger = before.ledger() if record.summary == before.record.summary else None
    found = {"ledger": ledger, "diagnosis": before.diagnosis(), "embedding": before.embedding()}
    kept = {name: table for name, table in found.items() if table is not None}
    new = {name: table for name, table in tables.items() if name not in found}
    code = _scored_by(before.record.code, record.code)
    return before.record.model_copy(update={**scores, "test_openings": openings, "code": code}), {**new, **kept}


def _scored_by(before: Code | None, now: Code | None) -> Code | None:
    """Return the code of weights that another scored than trained; of older ones it is not told who trained."""
    if now is None or before is None:
        return now and now.untold.model_copy(update={"inspection": None, "older": True})
    return before.model_copy(update={"scoring": now.scoring})


def is_left_whole(damaged: Collection[str]) -> bool:
    """Return whether what can't be made of the weights alone is not among the damaged files of a run."""
    needed = {SUMS, "record.json", *(f"{name}.parquet" for name in LEFT_BY_TRAINING)}
    return not needed & set(damaged)
