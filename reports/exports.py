"""The files beside a page: tables as CSV, LaTeX and Markdown. Nothing is bold: the comparison's words say more."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from reports.alike import trained_by
from reports.findings import Findings
from reports.formatting import TITLES
from reports.intervals import Intervals
from reports.printed_table import printed_table
from results.store import LoadedRecord
from results.writing import write_text


def write_tables(found: Sequence[Findings], out: Path) -> None:
    """Write tables.csv (plain numbers), tables.tex and tables.md (as printed) into a folder."""
    write_text(out / "tables.csv", long_table(found).to_csv(index=False))
    heading = "{title}, {labeled} labelled, preset {preset}, weights: {rule}; distances in {unit}"
    parts = [
        (heading.format(title=one.group.title, rule=one.rule, **one.group.__dict__), printed_table(one, one.rule))
        for one in found
    ]
    markdown = (f"**{title}**\n\n{_markdown(table)}" for title, table in parts)
    write_text(out / "tables.md", "\n\n".join(markdown) + "\n")
    write_text(out / "tables.tex", "\n\n".join(f"% {title}\n{_latex(table)}" for title, table in parts) + "\n")


def long_table(found: Sequence[Findings]) -> pd.DataFrame:
    """Return one row a configuration, rule and structure, with plain numbers and the cells they come from."""
    rows = [
        _long_row(one, *place) | _ends(one.intervals[place[1]], place[0], place[2])
        for one in found
        for place in one.rows
    ]
    return pd.DataFrame(rows)


def _long_row(found: Findings, number: int, rule: str, structure: str) -> dict[str, object]:
    """Return a row without its intervals."""
    group, line = found.group, found.group.lines[number]
    cell, seeds = line.first.cell, found.rows[number, rule, structure]
    row: dict[str, object] = {
        "dataset": group.dataset,
        "data": line.first.data_fingerprint,
        "test_data": "" if line.first.content is None else line.first.content.scoring,
        "labeled": cell.labeled,
        "method": cell.method,
        "backbone": cell.backbone,
        "preset": cell.preset,
        "fidelity": cell.fidelity,
        "rule": rule,
        "structure": structure,
        "unit": group.unit,
        "seeds": len(line.records),
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
    lines = [list(table.columns), ["---"] * len(table.columns), *table.to_numpy().tolist()]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _latex(table: pd.DataFrame) -> str:
    symbols = {"%": r"\%", "±": r"$\pm$", "→": r"$\to$", "–": "--", "_": r"\_"}
    lines = [list(table.columns), *table.to_numpy().tolist()]
    rows = [" & ".join(_escaped(cell, symbols) for cell in line) + r" \\" for line in lines]
    head, *body = rows
    columns = "ll" + "r" * (len(table.columns) - 2)
    return "\n".join(
        [rf"\begin{{tabular}}{{{columns}}}", r"\hline", head, r"\hline", *body, r"\hline", r"\end{tabular}"]
    )


def _escaped(text: str, symbols: dict[str, str]) -> str:
    for plain, code in symbols.items():
        text = text.replace(plain, code)
    return text
