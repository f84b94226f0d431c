"""One HTML file that opens from disk, made from records alone."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from reports.comparison import Compared, compare_lines
from reports.diagnosis import diagnosed, pseudo_label_curves, representations
from reports.exports import write_tables
from reports.formatting import TITLES, p_equals, p_value, printed, shown
from reports.intervals import Intervals, intervals
from reports.ledger import gains, without_ledger
from reports.plots import case_scores, gallery, loss_curves, validation_curves
from reports.printed_table import printed_table
from reports.replication import MARGIN, comparisons, counterparts, is_at_schedule, not_run, verdicts
from reports.restated import definitions, restated
from reports.summary import Group, Line, Spread, group
from reports.variance import crossings
from results.published import published, published_ablation
from results.record import Record
from results.store import LoadedRecord

TEMPLATES = Path(__file__).resolve().parent / "templates"
GENERATED = {"phantom"}
"""Data sets whose numbers are no numbers of patients; the page says so in its first line."""


def build_page(records: Sequence[LoadedRecord], out: Path, title: str, planned: int | None = None) -> Path:
    """Write index.html and the tables into a folder, and return the page's path.

    planned: how many cells the protocol has, where the records are of one.
    """
    groups = group(records)
    rules = sorted({row.rule for one in records for row in one.record.summary}, key=lambda rule: (rule != "last", rule))
    out.mkdir(parents=True, exist_ok=True)
    page = out / "index.html"
    html = _environment().get_template("page.html").render(
        title=title,
        generated=sorted({one.dataset for one in groups} & GENERATED),
        datasets=sorted({one.dataset for one in groups}),
        done=sum(loaded.record.status == "done" for loaded in records),
        planned=planned,
        definitions=definitions() if any(one.conventions() is not None for one in records) else [],
        failed=[loaded.record for loaded in records if loaded.record.status == "failed"],
        groups=[_group_view(one, rules) for one in groups],
        records=[_record_view(loaded, out) for loaded in records],
        rules=rules,
        margin=MARGIN,
    )  # fmt: skip
    page.write_text(html, encoding="utf-8")
    write_tables(groups, rules, out)
    return page


def _environment() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(TEMPLATES)
    made = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    made.filters["p_equals"] = p_equals
    made.filters["p_value"] = p_value
    return made


def _group_view(group: Group, rules: Sequence[str]) -> Mapping[str, Any]:
    first, inside, compared = group.lines[0].first, intervals(group, rules[0]), compare_lines(group, rules[0])
    galleries = [(line, gallery(line)) for line in group.lines]
    return {
        "group": group,
        "first": first,
        "rows": [
            {**_line_view(group, line, rules[0]), **_said_of(number, group, inside, compared)}
            for number, line in enumerate(group.lines)
        ],
        "compared": compared,
        "patients": first.patients.test,
        "verdicts": comparisons(verdicts(group, rules[0])),
        "not_run": not_run(group),
        "crossings": crossings(group, rules[0]),
        "twins": any(line.first.cell.twin for line in group.lines),
        "openings": _openings(group),
        "machines": _machines(group),
        "commits": _commits(group),
        "label_draws": _label_draws(group),
        "same_labels": len({one.labeled_patients for line in group.lines for one in _drawn(line)}) == 1,
        "seeded": any(len(line.records) > 1 for line in group.lines),
        "metrics": TITLES,
        "other_rules": [(rule, _plain(printed_table(group, rule))) for rule in rules[1:]],
        "validation": validation_curves(group),
        "losses": loss_curves(group),
        "cases": case_scores(group, rules[0]),
        "galleries": galleries,
        "pictureless": [line.label for line, picture in galleries if picture is None],
        "inside": [(line, pseudo_label_curves(line), representations(line)) for line in diagnosed(group)],
        "gains": gains(group),
        "without_ledger": without_ledger(group),
        "restated": restated(group),
        "published": _published_view(group, rules[0]),
        "ablation": _ablation_view(group, rules[0]),
    }


def _label_draws(group: Group) -> list[str]:
    """Return how patients were drawn and which, each draw once; a ceiling's are all of them and stand in no list."""
    records = (one for line in group.lines for one in _drawn(line))
    found = (f"{one.cell.label_draw} draw: {', '.join(one.labeled_patients)}" for one in records)
    return list(dict.fromkeys(found)) or ["all"]


def _drawn(line: Line) -> list[Record]:
    """Return the records of a line whose labelled patients were drawn, as a ceiling's were not."""
    return [] if line.is_ceiling else [loaded.record for loaded in line.records]


def _openings(group: Group) -> str:
    """Return how often the runs' test masks were opened, and of how many runs nobody counted it."""
    records = group.records
    counted = [one for one in records if one.test_openings]
    times = sum(len(one.test_openings) for one in counted)
    early = sum(opening.updates < one.updates for one in counted for opening in one.test_openings)
    runs = f"{times} in {len(counted)} run{'s' if len(counted) > 1 else ''}"
    words = f"{runs}, {early or 'none'} of them before the run's last update"
    left = len(records) - len(counted)
    silent = f"{left} older record{'s' if left > 1 else ''} did not count" if left else ""
    return "; ".join(part for part in (words if counted else "", silent) if part)


def _machines(group: Group) -> list[str]:
    """Return what the group's records were made on, each machine once: they may differ in precision."""
    machines = (sorted(one.environment.items()) for one in group.records)
    return sorted({", ".join(f"{key} {value}" for key, value in one) for one in machines})


def _commits(group: Group) -> list[str]:
    """Return the commits that the group's records were made with, and whether the checkout had changes."""
    names = (
        f"{one.commit or 'no git checkout'}{' with uncommitted changes' if one.dirty else ''}" for one in group.records
    )
    return sorted(set(names))


def _line_view(group: Group, line: Line, rule: str) -> Mapping[str, Any]:
    structures = ("avg", *group.structures)
    found = line.rows(rule, "avg")
    return {
        "line": line,
        "cells": {
            (structure, metric): shown(line.spread(rule, structure, metric), metric)
            for structure in structures
            for metric in TITLES
        },
        "missed": sum(row.missed for row in found),
        "false_alarm": sum(row.false_alarm for row in found),
        "uncounted": sum(row.cases - row.counted for row in found),
        "gain": _gain(group, line, rule),
        "updates": " + ".join(f"{stage.updates:,}" for stage in line.first.stages),
        "minutes": line.mean_train_seconds() / 60,
        "parameters": line.first.parameters / 1e6,
    }


def _said_of(number: int, group: Group, inside: Intervals, compared: Compared | None) -> Mapping[str, Any]:
    """Return a line's intervals as printed, and the words on it against the highest mean."""
    return {
        "intervals": {
            (structure, metric): printed(inside.get((number, structure, metric)), metric)
            for structure in ("avg", *group.structures)
            for metric in TITLES
        },
        "mark": "" if compared is None else compared.marks[number],
    }


def _gain(group: Group, line: Line, rule: str) -> str:
    """Return the gain over the twin in points of Dice with its sign, empty where no twin was run."""
    twin = next((other for other in group.lines if other.is_twin_of(line)), None)
    gain = Spread(None, None) if twin is None else line.gain_over(twin, rule)
    if gain.mean is None:
        return ""
    return f"{100 * gain.mean:+.1f}" + ("" if gain.deviation is None else f" ± {100 * gain.deviation:.1f}")


def _plain(table: pd.DataFrame) -> Mapping[str, Any]:
    return {"columns": list(table.columns), "rows": table.to_numpy().tolist()}


def _published_view(group: Group, rule: str) -> list[Mapping[str, Any]]:
    """Return what papers print for this data set and count of labels, and ours beside it where the method is."""
    table = published(group.dataset, group.labeled)
    table = table[table["structure"] == "avg"]
    rows: list[Mapping[str, Any]] = []
    for row in table.to_dict("records"):
        name = str(row["method"])
        mine = next(iter(counterparts(group, name)), None)
        ours: dict[str, Any] | None = None
        if mine is not None:
            ours = {metric: shown(mine.spread(rule, "avg", metric), metric) for metric in ("dice", "asd_pred")}
            ours["at_schedule"] = is_at_schedule(mine, name, str(row["source"]))
        printed = {str(key): None if pd.isna(value) else value for key, value in row.items()}
        rows.append({**printed, "ours": ours})
    return rows


def _ablation_view(group: Group, rule: str) -> list[Mapping[str, Any]]:
    """Return a printed ablation beside the variants of the same name; nothing where no variant was run."""
    named = {line.first.cell.variant: line for line in group.lines if line.first.cell.variant}
    tables = (published_ablation(line.first.cell.method, group.dataset, group.labeled) for line in named.values())
    printed = next((table for table in tables if table is not None), None)
    if printed is None:
        return []
    rows: list[Mapping[str, Any]] = []
    for row in printed.to_dict("records"):
        line = named.get(str(row["variant"]))
        ours = None if line is None else {m: shown(line.spread(rule, "avg", m), m) for m in ("dice", "asd_pred")}
        rows.append({**{str(key): value for key, value in row.items()}, "ours": ours})
    return rows


def _record_view(loaded: LoadedRecord, out: Path) -> Mapping[str, Any]:
    path = loaded.folder / "record.json"
    values = loaded.values() or loaded.record.cell.model_dump(mode="json")
    return {
        "record": loaded.record,
        "link": Path(os.path.relpath(path.resolve(), out.resolve())).as_posix(),
        "values": json.dumps(values, indent=1, sort_keys=True),
    }
