"""One HTML file that opens from disk, made from records alone.

A section of the page is a template of ``templates``, and what it shows is made in a module of its own.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2

from reports.ablation import ablation_rows
from reports.audits import audited
from reports.codes import Standings, code_notes, standings
from reports.comparison import compare_lines, other_networks
from reports.diagnosis import diagnosed, looked_into, pseudo_label_curves, representations
from reports.exports import write_tables
from reports.findings import Findings, find_all
from reports.formatting import p_equals, p_value
from reports.gallery import gallery
from reports.learning_network import followed
from reports.ledger import gains, without_ledger
from reports.main_table import main_table
from reports.plots import case_scores, loss_curves, validation_curves
from reports.printed_table import printed_table
from reports.published import published_rows
from reports.reading import ReadOnce
from reports.replication import MARGIN, comparisons, not_run, verdicts
from reports.restated import definitions, restated
from reports.summary import Group, group
from reports.variance import crossings
from reports.what_was_run import what_was_run
from reports.which_data import is_generated, told
from results.expectation import warning
from results.store import LoadedRecord
from results.writing import write_text

TEMPLATES = Path(__file__).resolve().parent / "templates"

View = Mapping[str, Any]
"""What a template shows, by the names that it uses."""


def build_page(
    records: Sequence[LoadedRecord], out: Path, title: str, planned: int | None = None, advice: View | None = None
) -> Path:
    """Write index.html and the tables into a folder, and return the page's path; ResultError where it can't be.

    planned: how many cells the protocol has, where the records are of one. advice: what ``reports.advice`` says of
    them, with which the page then begins.
    """
    once = [ReadOnce.of(loaded) for loaded in records]
    codes = standings(once)
    rules = sorted({row.rule for one in once for row in one.record.summary}, key=lambda rule: (rule != "last", rule))
    found = find_all(group(once), rules)
    page = out / "index.html"
    html = _environment().get_template("page.html").render(
        title=title,
        advice=advice,
        lead=_lead(once, [one.group for one in found], planned),
        groups=[_group_view(one, f"network-{number}", codes) for number, one in enumerate(found, 1)],
        records=[_record_view(loaded, out, codes) for loaded in once],
        definitions=definitions() if any(one.conventions() is not None for one in once) else [],
    )  # fmt: skip
    write_text(page, html)
    write_tables(found, out)
    return page


def write_index(pages: Sequence[View], out: Path, title: str) -> Path:
    """Write the index of a site and return its path. pages: of each, title, link, done, planned, datasets, presets."""
    index = out / "index.html"
    write_text(index, _environment().get_template("site.html").render(title=title, pages=pages))
    return index


def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,  # of a section, so that the next one begins on a line of its own
    )
    made.filters["p_equals"] = p_equals
    made.filters["p_value"] = p_value
    return made


def _lead(records: Sequence[LoadedRecord], groups: Sequence[Group], planned: int | None) -> View:
    datasets = sorted({one.dataset for one in groups})
    return {
        "datasets": datasets,
        "generated": [name for name in datasets if is_generated(name)],
        "done": sum(loaded.record.status == "done" for loaded in records),
        "planned": planned,
        "brief": _brief(records),
        "failed": [loaded.record for loaded in records if loaded.record.status == "failed"],
    }


def _brief(records: Sequence[LoadedRecord]) -> list[str]:
    """Return what is to be expected of the runs that trained too briefly to learn, a sentence a preset."""
    kinds = dict.fromkeys((one.record.cell.preset, one.record.updates) for one in records)
    return [f"{said} (preset {preset})" for preset, updates in kinds if (said := warning(updates))]


def _group_view(found: Findings, anchor: str, codes: Standings) -> View:
    """Return what is shown of a group: by name of the section, which is that of its template. anchor: of a link."""
    group, rule, compared, held = found.group, found.rule, compare_lines(found), gains(found.group)
    return {
        "group": group,
        "first": group.lines[0].first,
        "rule": rule,
        "anchor": anchor,
        "main_table": main_table(found, compared),
        "codes": code_notes(group, codes),
        "comparison": compared,
        "other_networks": other_networks(group),
        "variance": crossings(found),
        "what_was_run": what_was_run(group),
        "audited": audited(group),
        "test_cases": case_scores(found),
        "training": {"validation": validation_curves(group), "losses": loss_curves(group)},
        "gallery": _gallery_view(group),
        "inside": _inside_view(group),
        "other_rules": [(other, printed_table(found, other)) for other in found.rules[1:]],
        "ledger": {"gains": held, "without": without_ledger(group, held)},
        "restated": restated(group),
        "ablation": ablation_rows(found),
        "published": published_rows(found),
        "verdicts": {"found": comparisons(verdicts(group, rule)), "not_run": not_run(group), "margin": MARGIN},
    }


def _inside_view(group: Group) -> View:
    methods = [(line, pseudo_label_curves(line), representations(line), looked_into(line)) for line in diagnosed(group)]
    return {"followed": followed(group), "methods": methods}


def _gallery_view(group: Group) -> View:
    pictures = [(line, gallery(line)) for line in group.lines]
    return {
        "pictures": [(line, picture) for line, picture in pictures if picture is not None],
        "pictureless": [line.label for line, picture in pictures if picture is None],
    }


def _record_view(loaded: LoadedRecord, out: Path, codes: Standings) -> View:
    path = loaded.folder / "record.json"
    values = loaded.values() or loaded.record.cell.model_dump(mode="json")
    return {
        "record": loaded.record,
        "data": told(loaded.record),
        "code": codes[loaded.record.cell.id].words,
        "link": Path(os.path.relpath(path.resolve(), out.resolve())).as_posix(),
        "resolved": json.dumps(values, indent=1, sort_keys=True),
    }
