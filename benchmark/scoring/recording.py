"""The record of a finished run, and the scores in it."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

import pandas as pd
from torch import nn

from benchmark.cells.cell import Cell
from benchmark.environment.checkout import commit
from benchmark.environment.code import code_that_ran
from benchmark.environment.device import describe
from benchmark.metrics.conventions import DEFAULT
from benchmark.metrics.rules import Resize
from benchmark.scoring.evaluator import Evaluator, Mask
from benchmark.scoring.parts import Evaluators, Together
from benchmark.scoring.restated import joined, restated
from benchmark.scoring.scored import Rows, Scored
from benchmark.training.selection import HEADLINE, State
from benchmark.training.trainer import Outcome, Settings, validation_points
from data.auditing.finding import Severity
from data.auditing.kept import audit_of
from data.source import Source
from methods.base import Method, Stage
from results.checksums import SUMS
from results.code import Code
from results.record import Opening, Record, Seconds
from results.store import LoadedRecord
from results.summary import summarize

TOLD: tuple[Severity, ...] = ("leak", "error", "warning")  # of an audit, in records
LEFT_BY_TRAINING = ("ledger", "diagnosis", "embedding")  # tables that scoring the weights again can't make


@dataclass(frozen=True)
class TrainedMethod:
    """A method at the end of its stages, what its training left and how that was done."""

    method: Method
    stages: Sequence[Stage]
    outcome: Outcome
    settings: Settings


@dataclass(frozen=True)
class Measured:
    """What was counted and timed of a run: the gate's openings, its seconds, and the most memory it held in MiB."""

    openings: Sequence[Opening]
    seconds: Seconds
    peak_memory_mib: float


def make_record(cell: Cell, source: Source, trained: TrainedMethod, cases: pd.DataFrame, measured: Measured) -> Record:
    """Return everything a page or a reader needs to know of a run."""
    name, predictor = next(iter(trained.method.predictors().items()))
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
            "environment": {**describe(settings.device), "precision": settings.precision},
            "commit": head,
            "dirty": dirty,
            "code": code_that_ran(cell.method, cell.dataset, cell.origins()),
            "updates": sum(stage.updates for stage in stages),
            "stages": [_stage_info(stage, settings, bool(split.val)) for stage in stages],
            "seconds": measured.seconds,
            "peak_memory_mib": measured.peak_memory_mib,
            "parameters": sum(weight.numel() for weight in predictor.parameters()),
            "test_openings": measured.openings,
            "summary": [row.model_dump() for row in summarize(cases, source.task.structures)],
        }
    )


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


def _stage_info(stage: Stage, settings: Settings, validates: bool) -> dict[str, object]:
    chooses = validates and stage.keep == "best"
    looks = len(validation_points(stage.updates, settings.validations)) if chooses else 0
    return {"name": stage.name, "updates": stage.updates, "chosen_from": looks}


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


def scores_of(
    evaluators: Evaluators, method: Method, outcome: Outcome, scored: Scored
) -> tuple[pd.DataFrame, Mapping[str, Mask], pd.DataFrame]:
    """Return the rows of every predictor and rule, the headline's masks, and what each convention says of these.

    scored: what is told of each weights; those that two rules chose are scored once.
    """
    wanted = _wanted(method, outcome)
    parts = list(map(partial(_part, evaluators, wanted), evaluators))  # in a loop, one would be held beside the next
    rows: Rows = []
    for one, *found in zip(wanted, *(part.rows for part in parts), strict=True):
        rows += scored.rows(one.predictor, one.rule, one.state, partial(chain.from_iterable, found))
    return pd.DataFrame(rows), Together([part.masks for part in parts]), joined([part.restated for part in parts])


class _Wanted(NamedTuple):
    """A predictor with the weights of a rule."""

    predictor: str
    rule: str
    state: State
    network: nn.Module


class _Part(NamedTuple):
    """What is kept of a part of the test cases: the rows of each predictor and rule, and of the headline the rest."""

    rows: Sequence[Rows]
    masks: Mapping[str, Mask]
    restated: pd.DataFrame


def _wanted(method: Method, outcome: Outcome) -> Sequence[_Wanted]:
    """Return what is scored: the first predictor by all rules, others by the headline's."""
    predictors = method.predictors()
    first = next(iter(predictors))
    states = {(first, rule): state for rule, state in outcome.chosen.items()}
    states |= {(name, HEADLINE): state for name, state in outcome.last.items() if name != first}
    wanted = [_Wanted(name, rule, state, copy.deepcopy(predictors[name])) for (name, rule), state in states.items()]
    for one in wanted:
        one.network.load_state_dict(one.state)
    return wanted


def _part(evaluators: Evaluators, wanted: Sequence[_Wanted], evaluator: Evaluator) -> _Part:
    scored, rows = Scored(), list[Rows]()
    ways: Mapping[Resize, Mapping[str, Mask]] = {}
    for one in wanted:
        score = partial(_predicted, evaluator, one)
        if (one.predictor, one.rule) == (wanted[0].predictor, HEADLINE):
            ways = _ways(evaluator, one.network)
            score = partial(evaluator.rows, ways["logits"], one.predictor, one.rule)
        rows.append(scored.rows(one.predictor, one.rule, one.state, score))
    return _Part(rows, evaluators.kept(ways["logits"]), restated(evaluator.each(), evaluator.task, ways))


def _ways(evaluator: Evaluator, network: nn.Module) -> Mapping[Resize, Mapping[str, Mask]]:
    logits = evaluator.logits(network)
    return {"logits": evaluator.masks(logits), "labels": evaluator.masks(logits, "labels")}


def _predicted(evaluator: Evaluator, one: _Wanted) -> Iterator[Mapping[str, Any]]:
    yield from evaluator.rows(evaluator.predict(one.network), one.predictor, one.rule)


def headline_of(cases: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the scores that the record reports first."""
    first = cases["predictor"].iloc[0]
    chosen: pd.DataFrame = cases[(cases["predictor"] == first) & (cases["rule"] == HEADLINE)]
    return chosen
