"""Does the paper's number hold? A verdict on every published Dice that was run here."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reports.summary import Group, Line
from results.published import OURS, published, published_protocol
from results.statistics.equivalence import MOST, Equivalence, equivalence

MARGIN = 2.0
"""Dice points within which a mean over seeds counts as the printed number."""

NOT_AT_SCHEDULE = "not at the paper's schedule"
WORDS = {"inside": "reproduced", "outside": "differs", "open": "inconclusive"}


@dataclass(frozen=True)
class Verdict:
    """A published Dice beside a line's, both in points. differs: what the two do otherwise, a phrase each."""

    method: str
    structure: str
    source: str
    evidence: str
    printed: float
    line: Line
    seeds: int
    here: float
    found: Equivalence
    differs: tuple[str, ...]

    @property
    def outcome(self) -> str:
        """``reproduced``, ``differs``, ``inconclusive``; another schedule than the paper's is none of them."""
        return WORDS[self.found.outcome] if is_at_schedule(self.line) else NOT_AT_SCHEDULE

    @property
    def remedy(self) -> str:
        """How many seeds more an inconclusive verdict takes, empty for any other."""
        if self.outcome != "inconclusive":
            return ""
        if self.found.further is None and self.seeds == 1:
            return "one seed: a second one gives a deviation to plan with"
        if self.found.further is None:
            return "the difference is the margin: no number of seeds decides"
        number = f"more than {MOST:,}" if self.found.further >= MOST else f"about {self.found.further:,}"
        alone = "one seed; by the other methods' deviation " if self.seeds == 1 else ""
        return f"{alone}{number} further seed{'s' if self.found.further != 1 else ''}"


def is_at_schedule(line: Line) -> bool:
    """Return whether a line was trained as preset ``paper`` has it, with nothing replaced."""
    return line.first.cell.preset == "paper" and not line.first.cell.overrides


def verdicts(group: Group, rule: str, margin: float = MARGIN) -> list[Verdict]:
    """Return a verdict a published row, structure and line of the same data, labels and structures."""
    table = published(group.dataset, group.labeled)
    found: list[Verdict] = []
    for row in table[table["dice"].notna()].to_dict("records"):
        name, structure, source = (str(row[key]) for key in ("method", "structure", "source"))
        for line in _counterparts(group, name):
            seeds = _points(line, rule, structure)
            if seeds:
                test = equivalence(seeds, float(row["dice"]), margin, _planned(group, rule, structure))
                differs = _differences(line, rule, source)
                evidence, printed = str(row["evidence"]), float(row["dice"])
                here = float(np.mean(seeds))
                found.append(Verdict(name, structure, source, evidence, printed, line, len(seeds), here, test, differs))
    return found


def comparisons(found: Sequence[Verdict]) -> list[list[Verdict]]:
    """Return verdicts one comparison each: a published method of one source against one line, a verdict a structure."""
    together: dict[tuple[str, str, str], list[Verdict]] = {}
    for one in found:
        together.setdefault((one.method, one.line.label, one.source), []).append(one)
    return list(together.values())


def not_run(group: Group) -> list[str]:
    """Return the published methods of the group's data and labels that have no line in it."""
    names = [str(name) for name in published(group.dataset, group.labeled)["method"].unique()]
    return [name for name in names if not _counterparts(group, name)]


def holds(found: Sequence[Verdict]) -> bool:
    """Return whether there are verdicts and all of them are that the number was reproduced."""
    return bool(found) and all(one.outcome == "reproduced" for one in found)


def _counterparts(group: Group, name: str) -> list[Line]:
    """Return the lines of a published name: the same method and labels, no control, no part taken away."""
    ceiling = name == "UNet-F"
    return [
        line
        for line in group.lines
        if line.first.cell.method == OURS.get(name)
        and line.is_ceiling == ceiling
        and (line.is_ceiling or line.first.cell.label_draw == "canonical")
        and line.first.cell.variant in ("", "full")
        and not line.first.cell.twin
        and not line.is_crossed
    ]


def _points(line: Line, rule: str, structure: str) -> list[float]:
    return [100 * row.dice for row in line.rows(rule, structure) if row.dice is not None]


def _planned(group: Group, rule: str, structure: str) -> float | None:
    """Return the deviation over seeds that the group's lines have together, None if none has two seeds."""
    seeds = [_points(line, rule, structure) for line in group.lines if not line.is_crossed]
    variances = [(float(np.var(one, ddof=1)), len(one) - 1) for one in seeds if len(one) > 1]
    free = sum(count for _, count in variances)
    return (sum(variance * count for variance, count in variances) / free) ** 0.5 if free else None


def _differences(line: Line, rule: str, source: str) -> tuple[str, ...]:
    """Return what line and source do otherwise, as far as the record and the source say."""
    record, theirs = line.first, published_protocol(source)
    cell, stages = record.cell, " + ".join(f"{stage.updates:,}" for stage in record.stages)
    mine = {
        "size": _size(line),
        "updates": stages,
        "selection": rule,
        "convention": str(record.convention["name"]),
        "distance_unit": record.unit,
    }
    found = [
        f"{key.replace('_', ' ')} {mine[key]} (theirs: {theirs[key]})"
        for key in mine
        if mine[key] and key in theirs and not f"{theirs[key]} (".startswith(f"{mine[key]} (")
    ]
    found += [f"fidelity {cell.fidelity}"] if cell.fidelity != "official" else []
    found += [f"backbone {cell.backbone}"] if cell.backbone != "unet" else []
    return (*found, *(f"{field} = {value}" for field, value in cell.overrides.items()))


def _size(line: Line) -> str:
    path = line.records[0].folder / "cell.json"
    return str(json.loads(path.read_text())["schedule"]["size"]) if path.exists() else ""
