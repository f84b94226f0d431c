"""A model card: what trained weights are, what they were scored on, and what they are not for; from records alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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


@dataclass(frozen=True)
class CardRow:
    """A structure's Dice in percent with its interval, as printed; and its test cases."""

    structure: str
    dice: str
    interval: str
    cases: str


def write_card(records: Sequence[LoadedRecord], weights: Sequence[Weights], path: Path) -> None:
    """Write the card of one run, or of several that predict together, in Markdown; ResultError where it can't be.

    weights: of each run.
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
    """Return what a card tells: of runs that are not alike each of their values, once."""
    first = records[0].record
    values = [loaded.values() for loaded in records]
    said = values[0].get("told") or {}

    def each(words: Callable[[Record], str]) -> list[str]:
        return list(dict.fromkeys(words(loaded.record) for loaded in records))

    return {
        "first": first,
        "records": [loaded.record for loaded in records],
        "methods": each(_method),
        "networks": list(dict.fromkeys(map(_network, records))),
        "weights": list(dict.fromkeys(_weights(*pair) for pair in zip(records, weights, strict=True))),
        "presets": each(_preset),
        "data": each(told),
        "splits": each(_split),
        "labelled": each(_labelled),
        "generated": is_generated(first.cell.dataset),
        "told": said,
        "licence": licence_words(first.cell.dataset, stated_licence(values[0])),
        "outside": list(dict.fromkeys(words for loaded in records for words in code_from_outside(loaded))),
        "takes": list(dict.fromkeys(line for one in values for line in _takes(one))),
        "rows": card_rows(records, weights),
    }


def _method(record: Record) -> str:
    cell = record.cell
    twin = ", twin without unlabelled terms" if cell.twin else ""
    return f"{cell.title} ({cell.paper}){twin}, fidelity {cell.fidelity}"


def _network(loaded: LoadedRecord) -> str:
    size = loaded.values().get("schedule", {}).get("size")
    slices = f", of slices {size} x {size}" if size else ""
    return f"{loaded.record.cell.backbone}, {loaded.record.parameters:,} weights{slices}"


def _weights(loaded: LoadedRecord, weights: Weights) -> str:
    head = loaded.record.headline
    reported = (weights.predictor, weights.rule) == (head.predictor, head.rule)
    told = "as the record reports them" if reported else "which the record does not report first"
    return f"{weights.predictor}, {weights.rule}, {told}"


def _preset(record: Record) -> str:
    asked = ", ".join(f"{name}={value}" for name, value in record.cell.overrides.items())
    precision = record.environment.get("precision", "precision not told")
    return f"{record.cell.preset}: {record.updates:,} updates, {precision}{f'; {asked}' if asked else ''}"


def _split(record: Record) -> str:
    sizes = record.patients
    return f"{record.split_fingerprint}: {sizes.train} train, {sizes.val} validate, {sizes.test} test"


def _labelled(record: Record) -> str:
    names = record.labeled_patients
    return f"{len(names)} ({record.cell.label_draw} draw): {', '.join(names)}"


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
    scores = _scores(records, weights)
    structures = records[0].record.structures
    for structure in (*structures, "avg") if len(structures) > 1 else structures:
        found = [
            row
            for loaded, mine in zip(records, weights, strict=True)
            for row in loaded.record.summary
            if (row.predictor, row.rule, row.structure) == (mine.predictor, mine.rule, structure)
        ]
        known = [row.dice for row in found if row.dice is not None]
        mean = f"{100 * float(np.mean(known)):.1f}" if known else "–"
        counts = sorted({row.counted for row in found})
        cases = "–".join(dict.fromkeys(str(count) for count in (*counts[:1], *counts[-1:]))) or "–"
        alone = scores if structure == "avg" else scores.structure(structures.index(structure))
        names = [weights[0].predictor, weights[0].rule, structure, *(loaded.record.cell.id for loaded in records)]
        rows.append(CardRow("mean" if structure == "avg" else structure, mean, _ends(alone, names), cases))
    return rows


def _scores(records: Sequence[LoadedRecord], weights: Sequence[Weights]) -> Scores:
    """Return the Dice of each run's weights, of all patients that count in any."""
    pairs = list(zip(records, weights, strict=True))
    patients = sorted({name for pair in pairs for name in _counted(*pair)})
    parts = [scores_of([loaded], mine.predictor, mine.rule, "dice", patients) for loaded, mine in pairs]
    return Scores(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("total", "count")))


def _counted(loaded: LoadedRecord, weights: Weights) -> set[str]:
    table = loaded.cases()
    meant = (table["predictor"] == weights.predictor) & (table["rule"] == weights.rule) & table["counted"]
    return {str(patient) for patient in table["patient"][meant].unique()}


def _ends(scores: Scores, names: Sequence[str]) -> str:
    """Return both ends of the interval of a Dice; a dash where fewer than two patients count. names: of its draws."""
    if scores.patients < 2 or not np.isfinite(scores.by_patient).all(0).sum() > 1:
        return "–"
    draws = Draws.of(scores.patients, generator([], *names))
    return printed(interval(scores, draws, BOUNDS["dice"]) or _of_one_run(scores, draws), "dice")


def _of_one_run(scores: Scores, draws: Draws) -> Estimate:
    """Return the interval over test patients of one run, which tells nothing of other seeds."""
    spread = variance(draws.means(scores).patients)
    return around(scores.mean(), spread, freedom([scores.by_patient]), BOUNDS["dice"])
