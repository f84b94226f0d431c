"""A model card: what trained weights are, what they were scored on, and what they are not for; from records alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from results.statistics.bootstrap import Draws, Estimate, around, interval, variance
from results.statistics.crossed import freedom
from results.statistics.scores import Scores
from results.store import LoadedRecord
from results.writing import write_text


@dataclass(frozen=True)
class Weights:
    """Which weights of the runs a card is of."""

    predictor: str
    rule: str


@dataclass(frozen=True)
class CardRow:
    """A structure's Dice in percent with its interval, as printed; and its test cases."""

    structure: str
    dice: str
    interval: str
    cases: str


def write_card(records: Sequence[LoadedRecord], weights: Weights, path: Path) -> None:
    """Write the card of one run, or of several that predict together, in Markdown; ResultError where it can't be."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=False,  # of Markdown
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    write_text(path, made.get_template("model-card.md").render(_view(records, weights)))


def _view(records: Sequence[LoadedRecord], weights: Weights) -> Mapping[str, Any]:
    first = records[0].record
    values = records[0].values()
    said = values.get("told") or {}
    return {
        "first": first,
        "records": [loaded.record for loaded in records],
        "weights": weights,
        "data": told(first),
        "generated": is_generated(first.cell.dataset),
        "told": said,
        "licence": licence_words(first.cell.dataset, stated_licence(values)),
        "outside": code_from_outside(records[0]),
        "size": values.get("schedule", {}).get("size"),
        "takes": _takes(values),
        "reported": (weights.predictor, weights.rule) == (first.headline.predictor, first.headline.rule),
        "rows": card_rows(records, weights),
    }


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


def card_rows(records: Sequence[LoadedRecord], weights: Weights) -> list[CardRow]:
    """Return a row a structure and one of their mean, of the predictor's test scores under the rule.

    The interval is over patients and runs; of one run over its patients alone, and so it is called.
    """
    rows = []
    structures = records[0].record.structures
    for structure in (*structures, "avg") if len(structures) > 1 else structures:
        found = [
            row
            for loaded in records
            for row in loaded.record.summary
            if (row.predictor, row.rule, row.structure) == (weights.predictor, weights.rule, structure)
        ]
        known = [row.dice for row in found if row.dice is not None]
        mean = f"{100 * float(np.mean(known)):.1f}" if known else "–"
        cases = str(found[0].counted) if found else "–"
        rows.append(
            CardRow("mean" if structure == "avg" else structure, mean, _ends(records, weights, structure), cases)
        )
    return rows


def _ends(records: Sequence[LoadedRecord], weights: Weights, structure: str) -> str:
    """Return both ends of the interval of a structure's Dice; a dash where fewer than two patients count."""
    scores = scores_of(records, weights.predictor, weights.rule, "dice")
    if structure != "avg":
        scores = scores.structure(records[0].record.structures.index(structure))
    if scores.patients < 2 or not np.isfinite(scores.by_patient).all(0).sum() > 1:
        return "–"
    names = [weights.predictor, weights.rule, structure, *(loaded.record.cell.id for loaded in records)]
    draws = Draws.of(scores.patients, generator([], *names))
    return printed(interval(scores, draws, BOUNDS["dice"]) or _of_one_run(scores, draws), "dice")


def _of_one_run(scores: Scores, draws: Draws) -> Estimate:
    """Return the interval over test patients of one run, which tells nothing of other seeds."""
    spread = variance(draws.means(scores).patients)
    return around(scores.mean(), spread, freedom([scores.by_patient]), BOUNDS["dice"])
