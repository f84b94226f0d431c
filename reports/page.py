"""One HTML file that opens from disk, made from records alone.

What tells of a table is a list of sections: a module of ``sections`` and a template of its name each. Another one is
these two files and a line in the list.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2

from reports.codes import Standings, standings
from reports.exports import Page, write_exports
from reports.findings import find_all
from reports.formatting import p_equals, p_value
from reports.reading import ReadOnce
from reports.restated import definitions
from reports.section import Scene, Section
from reports.sections import (
    ablation,
    all_scores,
    answer,
    audit,
    codes,
    comparison,
    gain_steps,
    gallery,
    inside,
    learning_network,
    ledger,
    other_rules,
    published,
    restated,
    test_cases,
    training,
    variance,
    verdicts,
    what_was_run,
)
from reports.summary import Group, group
from reports.which_data import is_generated, told
from results.expectation import warning
from results.store import LoadedRecord
from results.writing import write_text

TEMPLATES = Path(__file__).resolve().parent / "templates"

SECTIONS: Sequence[Section] = tuple(
    module.SECTION
    for module in (
        answer,
        all_scores,
        comparison,
        gain_steps,
        published,
        verdicts,
        test_cases,
        training,
        gallery,
        what_was_run,
        audit,
        codes,
        learning_network,
        inside,
        other_rules,
        restated,
        ledger,
        ablation,
        variance,
    )
)
"""What tells of a table, in the order of reading."""

View = Mapping[str, Any]
"""What a template shows, by the names that it uses."""


def build_page(
    records: Sequence[LoadedRecord],
    out: Path,
    title: str,
    planned: int | None = None,
    advice: View | None = None,
    pdf: bool = False,
) -> Path:
    """Write index.html and its exports into a folder, and return the page's path; ResultError where it can't be.

    planned: how many cells the protocol has, where the records are of one. advice: what ``reports.advice`` says of
    them, with which the page then begins. pdf: whether plots are written as PDFs too.
    """
    once = [ReadOnce.of(loaded) for loaded in records]
    known = standings(once)
    rules = sorted({row.rule for one in once for row in one.record.summary}, key=lambda rule: (rule != "last", rule))
    found = find_all(group(once), rules)
    page = out / "index.html"
    html = _environment().get_template("page.html").render(
        title=title,
        advice=advice,
        lead=_lead(once, [one.group for one in found], planned),
        groups=[_group_view(Scene(one, known, f"table-{number}")) for number, one in enumerate(found, 1)],
        records=[_record_view(loaded, out, known) for loaded in once],
        definitions=definitions() if any(one.conventions() is not None for one in once) else [],
    )  # fmt: skip
    write_text(page, html)
    write_exports(found, once, Page(out, title, html), pdf)
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


def _group_view(scene: Scene) -> View:
    """Return what the page shows of a table."""
    return {
        "group": scene.group,
        "first": scene.group.lines[0].first,
        "rule": scene.found.rule,
        "anchor": scene.anchor,
        "sections": [shown for section in SECTIONS if (shown := section.of(scene)) is not None],
    }


def _record_view(loaded: LoadedRecord, out: Path, known: Standings) -> View:
    path = loaded.folder / "record.json"
    values = loaded.values() or loaded.record.cell.model_dump(mode="json")
    return {
        "record": loaded.record,
        "data": told(loaded.record),
        "code": known[loaded.record.cell.id].words,
        "link": Path(os.path.relpath(path.resolve(), out.resolve())).as_posix(),
        "resolved": json.dumps(values, indent=1, sort_keys=True),
    }
