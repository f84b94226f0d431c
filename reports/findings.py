"""What a page states of a table, each number computed once and handed on to all that print it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from reports.intervals import Intervals, Known, intervals
from reports.line import Line
from reports.scores import GroupScores, group_scores
from reports.spread import Spread
from reports.summary import Group
from results.summary import METRICS, SummaryRow

Rows = Mapping[tuple[int, str, str], Sequence[SummaryRow]]
Spreads = dict[tuple[int, str, str, str], Spread]


@dataclass(frozen=True, eq=False)
class Findings:
    """Scores of a table's runs, means over them and intervals of these, under each rule; the first one is reported.

    rows: summary rows, one a seed, by number of the line, rule and structure (or ``avg``). spreads: by number of the
    line, rule, structure and metric.
    """

    group: Group
    rules: tuple[str, ...]
    scores: Mapping[str, GroupScores]
    intervals: Mapping[str, Intervals]
    rows: Rows
    spreads: Mapping[tuple[int, str, str, str], Spread]

    @property
    def rule(self) -> str:
        """The rule that is reported."""
        return self.rules[0]

    def number(self, line: Line) -> int:
        """Return a line's number in the group."""
        return next(number for number, one in enumerate(self.group.lines) if one is line)


def find(group: Group, rules: Sequence[str] = ("last",), known: Known | None = None) -> Findings:
    """Return what is stated of a group's runs. known: intervals that other tables of the page hold."""
    known = {} if known is None else known
    scores = group_scores(group, rules)
    rows = {
        (number, rule, structure): line.rows(rule, structure)
        for number, line in enumerate(group.lines)
        for rule in rules
        for structure in ("avg", *group.structures)
    }
    spreads = {
        (*place, metric): Spread.of_rows(found, metric, len(group.lines[place[0]].records))
        for place, found in rows.items()
        for metric in METRICS
    }
    _mark_fewer_structures(group, rules, rows, spreads)
    inside = {rule: intervals(group, rule, scores[rule], known) for rule in rules}
    return Findings(group, tuple(rules), scores, inside, rows, spreads)


def find_all(groups: Sequence[Group], rules: Sequence[str]) -> list[Findings]:
    """Return what is stated of each group of a page; a line that stands in several has the same intervals in all."""
    known: Known = {}
    return [find(group, rules, known) for group in groups]


def _mark_fewer_structures(group: Group, rules: Sequence[str], rows: Rows, spreads: Spreads) -> None:
    """Say of averages over fewer structures than others of the table are of, in some run, of how many they are."""
    for rule, metric in itertools.product(rules, METRICS):
        counts = [_fewest_structures(group, rows, number, rule, metric) for number in range(len(group.lines))]
        most = max(counts, default=0)
        for number, count in enumerate(counts):
            if 0 < count < most:
                place = (number, rule, "avg", metric)
                spreads[place] = replace(spreads[place], lacking=f"{count} of {most} structures")


def _fewest_structures(group: Group, rows: Rows, number: int, rule: str, metric: str) -> int:
    """Return of how many structures the run of a line has values that has the fewest."""
    counted = [[getattr(row, metric) is not None for row in rows[number, rule, name]] for name in group.structures]
    return min((sum(run) for run in zip(*counted, strict=False)), default=0)
