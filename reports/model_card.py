"""A model card: what trained weights are, what they were scored on, and what they are not for; from records alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import numpy as np

from reports.formatting import printed
from reports.intervals import BOUNDS
from reports.page import TEMPLATES
from reports.scores import generator, scores_of
from reports.terms import code_from_outside, stated_licence
from reports.which_data import is_generated, told
from results.licences import licence_words
from results.record import Record
from results.statistics.bootstrap import Draws, Estimate, around, interval, variance
from results.statistics.crossed import freedom
from results.statistics.scores import Scores
from results.store import LoadedRecord
from results.writing import write_text


@dataclass(frozen=True)
class Weights:
    """Which weights of a run a card is of."""

    predictor: str
    rule: str

    def __str__(self) -> str:
        """Return both in words."""
        return f"{self.predictor}, {self.rule}"


@dataclass(frozen=True)
class CardRow:
    """A structure's Dice in percent with its interval, as printed; and its test cases."""

    structure: str
    dice: str
    interval: str
    cases: str


def write_card(records: Sequence[LoadedRecord], weights: Sequence[Weights], path: Path) -> None:
    """Write the card of one run, or of several that predict together, in Markdown; ResultError where it can't be.

    weights: of each run. What runs have in common is said once, and where they differ each is said.
    """
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=False,  # of Markdown
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    write_text(path, made.get_template("model-card.md").render(_view(records, weights)))


def _view(records: Sequence[LoadedRecord], weights: Sequence[Weights]) -> Mapping[str, Any]:
    runs = [loaded.record for loaded in records]
    first, values = runs[0], records[0].values()
    return {
        "first": first,
        "runs": list(map(_run, runs, weights if len({*weights}) > 1 else [None] * len(runs))),
        "titles": _once(run.cell.title for run in runs),
        "methods": _once(map(_method, runs)),
        "networks": _once(map(_network, records)),
        "weights": _once(map(_reported, runs, weights)),
        "presets": _once(map(_preset, runs)),
        "data": _once(map(told, runs)),
        "generated": is_generated(first.cell.dataset),
        "told": values.get("told") or {},
        "licence": licence_words(first.cell.dataset, stated_licence(values)),
        "outside": _once(words for loaded in records for words in code_from_outside(loaded)),
        "trained": _once(words for run in runs for words in (_split(run), _labeled(run))),
        "takes": _once(line for loaded in records for line in _takes(loaded.values())),
        "rows": card_rows(records, weights),
    }


def _once(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))


def _run(run: Record, weights: Weights | None) -> str:
    """Return which run it is; weights: where they are not the same of all."""
    code = f"{(run.commit or 'not told')[:12]}{' with uncommitted changes' * run.dirty}"
    return f"`{run.cell.id}`, seed {run.cell.seed}, code {code}{f'; its {weights}' if weights else ''}"


def _method(run: Record) -> str:
    twin = ", twin without unlabelled terms" * run.cell.twin
    return f"{run.cell.title} ({run.cell.paper}){twin}, fidelity {run.cell.fidelity}"


def _network(loaded: LoadedRecord) -> str:
    size = loaded.values().get("schedule", {}).get("size")
    slices = f", of slices {size} x {size}" if size else ""
    return f"{loaded.record.cell.backbone}, {loaded.record.parameters:,} weights{slices}"


def _reported(run: Record, weights: Weights) -> str:
    head = (run.headline.predictor, run.headline.rule)
    is_reported = (weights.predictor, weights.rule) == head
    return f"{weights}, {'as the record reports them' if is_reported else 'which the record does not report first'}"


def _preset(run: Record) -> str:
    precision = run.environment.get("precision", "precision not told")
    changes = ", ".join(f"{name}={value}" for name, value in run.cell.overrides.items())
    return f"{run.cell.preset}: {run.updates:,} updates, {precision}{f'; {changes}' if changes else ''}"


def _split(run: Record) -> str:
    who = run.patients
    return f"Split {run.split_fingerprint}: {who.train} train, {who.val} validate, {who.test} test"


def _labeled(run: Record) -> str:
    patients = run.labeled_patients
    return f"Labelled, {len(patients)} ({run.cell.label_draw} draw): {', '.join(patients)}"


def _takes(values: Mapping[str, Any]) -> list[str]:
    """Return what the network takes, a line each; nothing where an older record does not say."""
    schedule, reading = values.get("schedule", {}), values.get("reading") or {}
    if not schedule:
        return []
    size, scaling = schedule["size"], schedule["scaling"]
    own = "its minimum and maximum" if scaling == "minmax" else "its percentiles 1 and 99"
    names = reading.get("channels", ["image"])
    windows = reading.get("windows", [None])
    lines = [f"Images (slices, {len(names)}, {size}, {size}), float32, in [0, 1]; it gives logits, a class each"]
    for name, window in zip(names, windows, strict=True):
        ends = f"of each volume, {own}" if window is None else f"{window[0]:g} and {window[1]:g}"
        lines.append(f"{name}: {ends} become 0 and 1, what lies beyond them too")
    fits = {"pad": "the longer side fills the square, the rest is 0", "stretch": "both sides are stretched to it"}
    ways = {"smooth": "bilinear with anti-aliasing", "nearest": "to the nearest pixel", "cubic": "by cubic splines"}
    resized = ways[schedule.get("test_resizing", "smooth")]
    return [*lines, f"Slices are resized {resized}; {fits[schedule.get('fit', 'stretch')]}"]


def card_rows(records: Sequence[LoadedRecord], weights: Sequence[Weights]) -> list[CardRow]:
    """Return a row a structure and one of their mean, of the test scores of each run's weights.

    The interval is over patients and runs; of one run over its patients alone, and so it is called.
    """
    rows = []
    scores, runs = _scores(records, weights), [loaded.record.cell.id for loaded in records]
    named = _once(word for one in weights for word in (one.predictor, one.rule))
    structures = records[0].record.structures
    for structure in (*structures, "avg") if len(structures) > 1 else structures:
        found = [
            row
            for loaded, one in zip(records, weights, strict=True)
            for row in loaded.record.summary
            if (row.predictor, row.rule, row.structure) == (one.predictor, one.rule, structure)
        ]
        known = [row.dice for row in found if row.dice is not None]
        mean = f"{100 * float(np.mean(known)):.1f}" if known else "–"
        counts = sorted({row.counted for row in found})
        cases = "–" if not counts else f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]} a run"
        alone = scores if structure == "avg" else scores.structure(structures.index(structure))
        ends = _ends(alone, [*named, structure, *runs])
        rows.append(CardRow("mean" if structure == "avg" else structure, mean, ends, cases))
    return rows


def _ends(scores: Scores, names: Sequence[str]) -> str:
    """Return both ends of the interval of a Dice; a dash where fewer than two patients count. names: of its draws."""
    if scores.patients < 2 or not np.isfinite(scores.by_patient).all(0).sum() > 1:
        return "–"
    draws = Draws.of(scores.patients, generator([], *names))
    return printed(interval(scores, draws, BOUNDS["dice"]) or _of_one_run(scores, draws), "dice")


def _scores(records: Sequence[LoadedRecord], weights: Sequence[Weights]) -> Scores:
    """Return the Dice of each run's weights, over the patients of all runs."""
    sides = list(zip(records, weights, strict=True))
    tables = [(loaded.cases(), one) for loaded, one in sides]
    mine = [table[(table["predictor"] == one.predictor) & (table["rule"] == one.rule)] for table, one in tables]
    patients = sorted({str(patient) for table in mine for patient in table[table["counted"]]["patient"]})
    found = [scores_of([loaded], one.predictor, one.rule, "dice", patients) for loaded, one in sides]
    return Scores(np.concatenate([one.total for one in found]), np.concatenate([one.count for one in found]))


def _of_one_run(scores: Scores, draws: Draws) -> Estimate:
    """Return the interval over test patients of one run, which tells nothing of other seeds."""
    spread = variance(draws.means(scores).patients)
    return around(scores.mean(), spread, freedom([scores.by_patient]), BOUNDS["dice"])
