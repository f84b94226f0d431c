"""Does the paper's number hold? A verdict on every published Dice that was run here."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from reports.line import Line
from reports.networks import FORMER, NETWORK, of_one_network
from reports.spread import partly
from reports.summary import Group
from results.published import CEILING, OURS, least_updates, published, published_protocol, same_split
from results.statistics.equivalence import MOST, Equivalence, equivalence

MARGIN = 2.0
"""Dice points within which a mean over seeds counts as the printed number."""

WHOLE = "full"  # an ablation's name for the method with all its parts
ANOTHER_NETWORK = "another network"
NOT_AT_SCHEDULE = "not at the paper's schedule"
WORDS = {"inside": "reproduced", "outside": "differs", "open": "inconclusive"}


@dataclass(frozen=True)
class Verdict:
    """A published Dice beside a line's, both in points.

    differs: what the two do otherwise, a phrase each. note: what is odd about the printed number, or empty.
    """

    method: str
    structure: str
    source: str
    evidence: str
    note: str
    printed: float
    line: Line
    seeds: int
    here: float
    found: Equivalence
    differs: tuple[str, ...]

    @property
    def outcome(self) -> str:
        """``reproduced``, ``differs``, ``inconclusive``; another network or schedule is none of them."""
        return bar(self.line, self.method, self.source) or WORDS[self.found.outcome]

    @property
    def runs(self) -> str:
        """How many seeds it is of, and of how many of the line's where not of all."""
        return partly(self.seeds, len(self.line.records)).removesuffix(" runs") or str(self.seeds)

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


def bar(line: Line, name: str, source: str) -> str:
    """Return what keeps a line from a verdict on a published method's number, empty for nothing."""
    if line.first.cell.backbone != NETWORK:
        return ANOTHER_NETWORK
    return "" if is_at_schedule(line, name, source) else NOT_AT_SCHEDULE


def is_at_schedule(line: Line, name: str, source: str) -> bool:
    """Return whether every run of a line is of preset ``paper`` with nothing replaced and no shorter than the source's.

    The record decides, not the name of its preset: slices of the source's size, and no fewer updates in all.
    """
    least, size = least_updates(source, name), published_protocol(source, line.first.cell.dataset).get("size")
    if (
        line.first.cell.preset != "paper"
        or line.first.cell.overrides
        or least is None
        or _of_schedule(line, "size") != size
    ):
        return False
    return all(loaded.record.updates >= least for loaded in line.records)


def verdicts(group: Group, rule: str, margin: float = MARGIN) -> list[Verdict]:
    """Return a verdict a published row, structure and line of the same data, labels and structures."""
    table = _table(group)
    found = []
    planned = {str(name): _planned(group, rule, str(name)) for name in table["structure"].unique()}
    for row in table[table["dice"].notna()].to_dict("records"):
        for line in counterparts(group, str(row["method"])):
            if seeds := _points(line, rule, str(row["structure"])):
                test = equivalence(seeds, float(row["dice"]), margin, planned[str(row["structure"])])
                found.append(_verdict(row, line, len(seeds), rule, test))
    return found


def _verdict(row: Mapping[Hashable, object], line: Line, seeds: int, rule: str, test: Equivalence) -> Verdict:
    name, structure, source, evidence, note = (
        str(row[key]) for key in ("method", "structure", "source", "evidence", "note")
    )
    printed = float(str(row["dice"]))
    here, differs = printed + test.difference, _differences(line, rule, name, source)
    return Verdict(name, structure, source, evidence, note, printed, line, seeds, here, test, differs)


def _table(group: Group) -> pd.DataFrame:
    """Return the published rows of a group; one of ceilings alone has those of UNet-F, whatever its neighbours'."""
    if not all(line.is_ceiling for line in group.lines):
        return published(group.dataset, group.labeled)
    ceilings = published(group.dataset, None)
    return ceilings[ceilings["method"] == CEILING].drop_duplicates(["source", "structure", "dice"])


def comparisons(found: Sequence[Verdict]) -> list[list[Verdict]]:
    """Return verdicts one comparison each: a published method of one source against one line, a verdict a structure."""
    together: dict[tuple[str, str, str], list[Verdict]] = {}
    for one in found:
        together.setdefault((one.method, one.line.label, one.source), []).append(one)
    return list(together.values())


def not_run(group: Group) -> list[str]:
    """Return the published methods of the group's data and labels that have no line in it."""
    names = [str(name) for name in _table(group)["method"].unique()]
    return [name for name in names if not counterparts(group, name)]


def holds(found: Sequence[Verdict]) -> bool:
    """Return whether there are verdicts and all of them are that the number was reproduced."""
    return bool(found) and all(one.outcome == "reproduced" for one in found)


def counterparts(group: Group, name: str) -> list[Line]:
    """Return the lines of a published name: its method, network, labels and test patients, no control, no part taken.

    Where there is none, those of the network that was taken for the papers' before, which no verdict calls reproduced.
    A line with something replaced counts where the method was not run as it is, or where a protocol calls it whole.
    """
    alike = [line for line in group.lines if line.first.cell.method == OURS.get(name) and _is_comparable(line, name)]
    mine = [one for one in of_one_network(alike) if one.first.cell.backbone in (NETWORK, FORMER)]
    whole = [line for line in mine if not line.first.cell.overrides or line.first.cell.variant == WHOLE]
    return whole or mine


def _is_comparable(line: Line, name: str) -> bool:
    cell = line.first.cell
    return (
        line.is_ceiling == (name == CEILING)
        and (line.is_ceiling or cell.label_draw == "canonical")
        and cell.variant in ("", WHOLE)
        and not (cell.twin or line.is_crossed)
        and same_split(cell.dataset, line.first.split_fingerprint)
    )


def _points(line: Line, rule: str, structure: str) -> list[float]:
    return [100 * row.dice for row in line.rows(rule, structure) if row.dice is not None]


def _planned(group: Group, rule: str, structure: str) -> float | None:
    """Return the deviation over seeds that the group's lines have together, None if none has two seeds.

    Ceilings are left out: with all labels seeds vary less.
    """
    lines = [line for line in group.lines if not (line.is_crossed or line.is_ceiling or line.first.cell.twin)]
    seeds = [_points(line, rule, structure) for line in of_one_network(lines)]
    variances = [(float(np.var(one, ddof=1)), len(one) - 1) for one in seeds if len(one) > 1]
    free = sum(count for _, count in variances)
    return (sum(variance * count for variance, count in variances) / free) ** 0.5 if free else None


def _differences(line: Line, rule: str, name: str, source: str) -> tuple[str, ...]:
    """Return what line and source do otherwise, as far as the record and the source say."""
    record, theirs = line.first, published_protocol(source, line.first.cell.dataset)
    cell = record.cell
    mine = {
        **{field: _of_schedule(line, field) for field in ("size", "scaling", "augmentation")},
        "updates": line.updates,
        "selection": rule,
        "convention": str(record.convention["name"]),
        "distance_unit": record.unit,
        "test_scans": str(max(row.cases for row in record.summary if row.structure != "avg")),
    }
    alike = {"updates"} if record.updates == least_updates(source, name) else set()
    alike |= {key for key in mine if mine[key] == theirs.get(key)}
    found = [
        f"{key.replace('_', ' ')} {mine[key] or 'unknown'} (theirs: {theirs[key]})"
        for key in mine
        if key in theirs and key not in alike
    ]
    found += [f"network {cell.backbone} (theirs: {NETWORK})"] if cell.backbone != NETWORK else []
    found += [f"fidelity {cell.fidelity}"] if cell.fidelity != "official" else []
    return (*found, *(f"{field} = {value}" for field, value in cell.overrides.items()))


def _of_schedule(line: Line, field: str) -> str:
    """Return a field of a line's schedule, such as the side of slices; empty where a run doesn't say or they differ."""
    found = {str(loaded.values().get("schedule", {}).get(field, "")) for loaded in line.records}
    return found.pop() if len(found) == 1 else ""
