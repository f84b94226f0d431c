"""The files beside a page: tables, scores of cases, plots, what to cite and what a methods section says.

Nothing is bold: the comparison's words say more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from pyarrow import Table
from pyarrow.csv import write_csv

from reports.alike import trained_by
from reports.citations import references
from reports.findings import Findings
from reports.formatting import TITLES
from reports.intervals import Intervals
from reports.latex import latex_tables
from reports.markdown import in_table
from reports.methods_text import methods_text
from reports.own_files import claim, settle
from reports.plot_files import names_of, write_plots
from reports.printed_table import printed_table
from results.spreadsheet import guarded
from results.store import LoadedRecord
from results.writing import parquet, put, write_atomic, write_text

NAMED = ("cell", "dataset", "labeled", "method", "title", "variant", "backbone", "preset", "fidelity", "seed")
"""Columns of cases.csv before those of a run's own table."""


ALWAYS = ("index.html", "tables.csv", "tables.parquet", "tables.md", "tables.tex", "references.bib", "methods.md")
CASES = ("cases.csv", "cases.parquet")
ADVICE = "advice.json"


@dataclass(frozen=True)
class Page:
    """A page that was built: the folder it lies in, its title, its HTML and its drawings, SVG documents by name.

    advice: whether an advice's JSON is put beside it.
    """

    folder: Path
    title: str
    html: str
    plots: Mapping[str, str]
    advice: bool


def write_page(found: Sequence[Findings], records: Sequence[LoadedRecord], page: Page, pdf: bool) -> None:
    """Write a page and all files that stand beside it. pdf: whether plots are PDFs as well as SVGs.

    ResultUsageError, and nothing is written, where that would replace a file that no page wrote.
    """
    names = {*ALWAYS, *(CASES if records else ()), *([ADVICE] if page.advice else [])}
    claim(page.folder, names | names_of(page.plots, pdf))
    write_text(page.folder / "index.html", page.html)
    write_tables(found, page.folder)
    write_cases(records, page.folder)
    write_text(page.folder / "references.bib", references([loaded.record for loaded in records]))
    write_text(page.folder / "methods.md", methods_text(found, page.title))
    settle(page.folder, names | write_plots(page.plots, page.folder, pdf))


def write_tables(found: Sequence[Findings], out: Path) -> None:
    """Write tables.csv and tables.parquet (plain numbers), tables.tex and tables.md (as printed) into a folder."""
    table = long_table(found)
    write_text(out / "tables.csv", guarded(table).to_csv(index=False))
    write_atomic(out / "tables.parquet", partial(put, parquet(table)))
    heading = "{title}, {labeled} labelled, preset {preset}, weights: {rule}; distances in {unit}"
    parts = [
        (heading.format(title=one.group.title, rule=one.rule, **one.group.__dict__), printed_table(one, one.rule))
        for one in found
    ]
    markdown = (f"**{in_table(title)}**\n\n{_markdown(table)}" for title, table in parts)
    write_text(out / "tables.md", "\n\n".join(markdown) + "\n")
    write_text(out / "tables.tex", latex_tables(parts))


def write_cases(records: Sequence[LoadedRecord], out: Path) -> None:
    """Write cases.csv and cases.parquet: the scores of every run that was done, a row as its own table has it."""
    done = [(loaded.record.cell.model_dump(), loaded.cases()) for loaded in records if loaded.record.status == "done"]
    if not done:
        return
    whole = pd.concat([table for _, table in done], ignore_index=True)
    lengths = [len(table) for _, table in done]
    for place, name in enumerate(NAMED):
        values = [cell["id" if name == "cell" else name] for cell, _ in done]
        whole.insert(place, name, np.repeat(np.array(values), lengths))
    write_atomic(out / "cases.parquet", partial(put, parquet(whole)))
    write_atomic(out / "cases.csv", partial(write_csv, Table.from_pandas(guarded(whole), preserve_index=False)))


def long_table(found: Sequence[Findings]) -> pd.DataFrame:
    """Return one row a configuration, rule and structure, with plain numbers and the cells they come from.

    Runs of crossed seeds share some, so that of these no number of seeds is told.
    """
    rows = [
        _long_row(one, *place) | _ends(one.intervals[place[1]], place[0], place[2])
        for one in found
        for place in one.rows
    ]
    table = pd.DataFrame(rows)
    return table if table.empty else table.astype({"seeds": "Int64"})


def _long_row(found: Findings, number: int, rule: str, structure: str) -> dict[str, object]:
    """Return a row without its intervals."""
    group, line = found.group, found.group.lines[number]
    cell, seeds = line.first.cell, found.rows[number, rule, structure]
    row: dict[str, object] = {
        "dataset": group.dataset,
        "data": line.first.data_fingerprint,
        "test_data": "" if line.first.content is None else line.first.content.scoring,
        "table_labeled": group.labeled,
        "labeled": cell.labeled,
        "label_draw": cell.label_draw,
        "line": line.label,
        "method": cell.method,
        "twin": cell.twin,
        "backbone": cell.backbone,
        "preset": cell.preset,
        "fidelity": cell.fidelity,
        "overrides": json.dumps(cell.overrides, sort_keys=True),
        "rule": rule,
        "structure": structure,
        "unit": group.unit,
        "runs": len(line.records),
        "seeds": None if line.is_crossed else len(line.records),
        "updates": line.first.updates,
    }
    for metric in TITLES:
        spread = found.spreads[number, rule, structure, metric]
        row |= {metric: spread.mean, f"{metric}_sd": spread.deviation, f"{metric}_runs": spread.runs}
    row |= {name: sum(getattr(one, name) for one in seeds) for name in ("missed", "false_alarm")}
    row["cells"] = " ".join(loaded.record.cell.id for loaded in line.records)
    return row | {"codes": " ".join(dict.fromkeys(map(_code, line.records)))}


def _code(loaded: LoadedRecord) -> str:
    """Return the code that trained a run, else the commit that older records tell alone."""
    return trained_by(loaded) or f"commit:{loaded.record.commit}{'-with-changes' * loaded.record.dirty}"


def _ends(found: Intervals, number: int, structure: str) -> dict[str, object]:
    """Return low and high ends of each metric's 95 % interval, None where there is no interval."""
    ends: dict[str, object] = {}
    for metric in TITLES:
        one = found.get((number, structure, metric))
        ends |= {f"{metric}_low": one and one.low, f"{metric}_high": one and one.high}
    return ends


def _markdown(table: pd.DataFrame) -> str:
    lines = [list(map(in_table, table.columns)), ["---"] * len(table.columns)]
    lines += [[in_table(str(one)) for one in row] for row in table.to_numpy().tolist()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
