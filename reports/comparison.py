"""Which methods of a table the test patients and seeds can tell apart."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from reports.plots import COLORS, encoded
from reports.scores import GroupScores, generator, group_scores
from reports.summary import Group, Line
from results.statistics.bootstrap import Draws
from results.statistics.paired import ALPHA, Comparison, compare, holm
from results.statistics.ranks import Ranking, rank

METRIC = "dice"
SHOWN_PAIRS = 15
"""Pairs of up to six methods are all shown; of more, those with the highest mean."""


@dataclass(frozen=True)
class Pair:
    """Two lines of a group by number, the one with the higher mean first, and the p-value after Holm."""

    first: int
    second: int
    found: Comparison
    p_holm: float

    @property
    def apart(self) -> bool:
        """Whether they are told apart, which one seed never is."""
        return self.found.gap is not None and self.p_holm <= ALPHA

    @property
    def words(self) -> str:
        """What may be said of the two."""
        if self.apart:
            return "told apart"
        return "not distinguishable" if self.p_holm > ALPHA else "these networks differ; one seed can't tell methods"


@dataclass(frozen=True)
class Compared:
    """Marks by number of the line, the pairs to show and how many there are, ranks and their plot."""

    marks: Mapping[int, str]
    pairs: tuple[Pair, ...]
    tested: int
    ranking: Ranking | None
    plot: str | None


def compare_lines(group: Group, rule: str) -> Compared | None:
    """Return the comparison of a group's methods by mean Dice, None where there are not two.

    Left out are ceilings and twins, whose labels or losses are others; runs that share seeds with each other; and lines
    with another way to draw labels than most.
    """
    rivals = _rivals(group)
    scores = group_scores(group, rule)
    order = sorted(rivals, key=lambda number: -scores.of(number, METRIC).mean())
    if len(order) < 2 or len(scores.patients) < 2:
        return None
    pairs = _pairs(group, scores, order, rule)
    ranking = rank({str(number): scores.of(number, METRIC) for number in order})
    shown = pairs if len(pairs) <= SHOWN_PAIRS else [pair for pair in pairs if pair.first == order[0]]
    plot = _critical_difference_plot(group, order, pairs, ranking) if ranking is not None else None
    return Compared(_marks(group, order, pairs), tuple(shown), len(pairs), ranking, plot)


def _rivals(group: Group) -> list[int]:
    def may(line: Line) -> bool:
        return line.first.cell.labeled == group.labeled and not line.first.cell.twin and not line.is_crossed

    found = [number for number, line in enumerate(group.lines) if may(line)]
    draws = [group.lines[number].first.cell.label_draw for number in found]
    usual = max(sorted(set(draws)), key=draws.count, default="")
    return [number for number, draw in zip(found, draws, strict=True) if draw == usual]


def _pairs(group: Group, scores: GroupScores, order: list[int], rule: str) -> list[Pair]:
    draws = Draws.of(len(scores.patients), generator(group.lines, rule, "pairs"))
    numbers = list(itertools.combinations(order, 2))
    found = [compare(scores.of(first, METRIC), scores.of(second, METRIC), draws) for first, second in numbers]
    corrected = holm([one.p for one in found])
    return [Pair(*pair, one, p) for pair, one, p in zip(numbers, found, corrected, strict=True)]


def _marks(group: Group, order: list[int], pairs: list[Pair]) -> dict[int, str]:
    highest = order[0]
    marks = {highest: "highest mean"}
    for pair in pairs:
        if pair.first == highest:
            marks[pair.second] = "lower" if pair.apart else pair.words.replace("these networks differ; ", "")
    return {**dict.fromkeys(range(len(group.lines)), ""), **marks}


def _critical_difference_plot(group: Group, order: list[int], pairs: list[Pair], ranking: Ranking) -> str:
    """Return mean ranks on a line; bars join what the tests don't tell apart, a ruler is Nemenyi's distance."""
    import scikit_posthocs

    names = {str(number): group.lines[number].label for number in order}
    joined = pd.DataFrame(1.0, index=list(names.values()), columns=list(names.values()))
    for pair in pairs:
        if pair.apart:
            one, other = names[str(pair.first)], names[str(pair.second)]
            joined.loc[one, other] = joined.loc[other, one] = 0.0
    figure = Figure(figsize=(9, 2.2 + 0.3 * len(order)), layout="constrained")
    axes = figure.subplots()
    ranks = {names[number]: mean for number, mean in ranking.ranks.items()}
    style: dict[str, Any] = {
        "label_props": {"fontsize": 9},
        "label_fmt_left": "{label} ({rank:.2f})",
        "label_fmt_right": "({rank:.2f}) {label}",
        "color_palette": {names[str(number)]: (COLORS * 8)[number] for number in order},
    }
    scikit_posthocs.critical_difference_diagram(ranks, joined, cd=ranking.critical_difference, ax=axes, **style)
    return encoded(figure)
