"""One HTML file that opens from disk, made from records alone.

What tells of a table is a list of sections: a module of ``sections`` and a template of its name each. Another one is
these two files and a line in the list.
"""

from __future__ import annotations

import functools
import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2

from reports.codes import Standings, standings
from reports.exports import Page, write_page
from reports.families import family_of
from reports.findings import find_all
from reports.formatting import digits_of, ends, fixed, p_equals, p_value, signed
from reports.gathering import parted
from reports.page_json import embedded
from reports.provenance import link_to, machines
from reports.reading import ReadOnce
from reports.restated import definitions
from reports.section import Overview, Scene, Section
from reports.sections import (
    ablation,
    all_scores,
    answer,
    audit,
    codes,
    comparison,
    cost,
    explorer,
    gain_steps,
    gallery,
    inside,
    label_efficiency,
    learning_network,
    ledger,
    other_rules,
    paired,
    provenance,
    published,
    restated,
    structures,
    test_cases,
    training,
    variance,
    verdicts,
    what_was_run,
)
from reports.summary import Group, group
from reports.terms import restrictions
from reports.which_data import is_generated, told
from results.aside import Aside
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
        paired,
        gain_steps,
        published,
        verdicts,
        structures,
        test_cases,
        cost,
        explorer,
        training,
        gallery,
        what_was_run,
        provenance,
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

OVERVIEWS: Sequence[Overview] = (label_efficiency.OVERVIEW,)
"""What tells of all tables of a page, before them."""

View = Mapping[str, Any]
"""What a template shows, by the names that it uses."""


def build_page(
    records: Sequence[LoadedRecord],
    out: Path,
    title: str,
    planned: int | None = None,
    advice: View | None = None,
    *,
    aside: Sequence[Aside] = (),
    pdf: bool = False,
) -> Path:
    """Write index.html and its exports into a folder, and return the page's path; ResultError where it can't be.

    Files of that folder which no page wrote are left, and where one would be replaced nothing is written at all.

    planned: how many cells the protocol has, where the records are of one. advice: what ``reports.advice`` says of
    them, with which the page then begins. aside: runs that no number is of, which the page names beside those of the
    records that are failed or damaged. pdf: whether plots are written as PDFs too.
    """
    once, left = parted(records)
    known = standings(once)
    rules = sorted({row.rule for one in once for row in one.record.summary}, key=lambda rule: (rule != "last", rule))
    found = find_all(group(once), rules)
    scenes = [Scene(one, known, f"table-{number}") for number, one in enumerate(found, 1)]
    places = {one.record.cell.id: _place(one, out) for one in once}
    overviews = [shown for overview in OVERVIEWS if (shown := overview.of(scenes)) is not None]
    groups, rows = [_group_view(scene) for scene in scenes], _rows_of(scenes)
    html = _environment().get_template("page.html").render(
        title=title,
        advice=advice,
        lead=_lead(once, [one.group for one in found], planned, [*left, *aside]),
        overviews=overviews,
        groups=groups,
        shared=_shared(groups),
        places=places,
        records=[_record_view(loaded, known, rows.get(loaded.record.cell.id, ())) for loaded in once],
        definitions=definitions() if any(one.conventions() is not None for one in once) else [],
    )  # fmt: skip
    write_page(found, once, Page(out, title, html, plots_of(overviews, groups), advice is not None), pdf)
    return out / "index.html"


def plots_of(overviews: Sequence[View], groups: Sequence[View]) -> Mapping[str, str]:
    """Return all drawings of a page as whole SVG documents, by names of which no two are one.

    overviews, groups: what the page shows of its tables together, and of each.
    """
    each = [("", overviews), *((f"{view['anchor']}-", view["sections"]) for view in groups)]
    return {f"{head}{plot.name}": plot.source for head, parts in each for part in parts for plot in part["plots"]}


def write_index(pages: Sequence[View], out: Path, title: str) -> Path:
    """Write the index of a site and return its path. pages: of each, title, link, done, planned, datasets, presets."""
    index = out / "index.html"
    write_text(index, _environment().get_template("site.html").render(title=title, pages=pages))
    return index


@functools.cache
def _environment() -> jinja2.Environment:
    """Return where templates are compiled, each once a process, however many pages it makes."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,  # of a section, so that the next one begins on a line of its own
    )
    made.policies["json.dumps_function"] = embedded
    made.filters |= {"p_equals": p_equals, "p_value": p_value}
    made.filters |= {"fixed": fixed, "signed": signed, "digits": digits_of, "ends": ends}
    return made


def _lead(records: Sequence[ReadOnce], groups: Sequence[Group], planned: int | None, aside: Sequence[Aside]) -> View:
    datasets = sorted({one.dataset for one in groups})
    return {
        "datasets": datasets,
        "generated": [name for name in datasets if is_generated(name)],
        "done": len(records),
        "planned": planned,
        "brief": _brief(records),
        "terms": restrictions(records),
        "aside": sorted((one.kind, one.id, one.why.replace(f"{one.folder.parent}{os.sep}", "")) for one in aside),
        "kinds": Counter(sorted(one.kind for one in aside)),
        "pictured": not all(is_generated(name) for name in datasets) and any(one.shows_pictures for one in records),
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


def _shared(groups: Sequence[View]) -> Mapping[str, str]:
    """Return the texts that sections share, each once."""
    parts = [part for view in groups for part in view["sections"]]
    return {name: text for part in parts for name, text in part["section"].shared(part["shown"]).items()}


def _place(loaded: LoadedRecord, out: Path) -> View:
    """Return where a record lies as a page in a folder has it: its folder in words, and what leads to its files."""
    cell = loaded.folder / "cell.json"
    return {
        "path": Path(os.path.relpath(loaded.folder.resolve(), out.resolve())).as_posix(),
        "record": link_to(loaded.folder / "record.json", out),
        "cell": link_to(cell, out) if cell.exists() else "",
    }


def _record_view(loaded: LoadedRecord, known: Standings, rows: Sequence[tuple[str, str]]) -> View:
    values = loaded.values() or loaded.record.cell.model_dump(mode="json")
    return {
        "record": loaded.record,
        "family": family_of(loaded.record),
        "data": told(loaded.record),
        "code": known[loaded.record.cell.id].words,
        "machine": machines([loaded.record]),
        "rows": rows,
        "resolved": json.dumps(values, indent=1, sort_keys=True),
    }


def _rows_of(scenes: Sequence[Scene]) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Return by cell the rows of tables that it stands in: what leads to a row's runs, and what it is called."""
    found: dict[str, list[tuple[str, str]]] = {}
    for scene in scenes:
        for line in scene.group.lines:
            name = f"{scene.group.title}, {scene.group.labeled} labelled: {line.label}"
            row = f"#{scene.anchor}-of-{quote(line.first.cell.id)}", name
            for cell in dict.fromkeys(loaded.record.cell.id for loaded in line.records):
                found.setdefault(cell, []).append(row)
    return found
