"""Which methods of a table the test patients and seeds can tell apart."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import fill
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from reports.networks import left_out, without_former
from reports.plots import COLORS, WIDE, encoded
from reports.scores import GroupScores, generator, group_scores
from reports.summary import Group, Line
from results.statistics.bootstrap import Draws
from results.statistics.paired import ALPHA, Comparison, compare, holm
from results.statistics.ranks import Ranking, rank

METRIC = "dice"
SHOWN_PAIRS = 45
"""Pairs of ten methods with seeds are all shown; of more, so many of the smallest p and those of the highest mean."""
MANY, FEW = 8, 5
"""More methods than that with fewer seeds than that are told apart too often: tests/results/statistics."""


@dataclass(frozen=True)
class Pair:
    """Two lines of a group by number, the one with the higher mean first, and the p-value after Holm in its family."""

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
class Family:
    """Pairs that Holm corrects together. shown: those that a page prints, of as many as were tested."""

    shown: tuple[Pair, ...]
    tested: int


@dataclass(frozen=True)
class Compared:
    """What is said of a group's methods. marks: by number of the line.

    seeded: pairs of two seeds or more each, which can be told apart. single: pairs with one seed in them, which can't:
    Holm over all would make the others pay for them. too_often: whether there are many methods of few seeds.
    """

    marks: Mapping[int, str]
    seeded: Family
    single: Family
    too_often: bool
    ranking: Ranking | None
    plot: str | None


def compare_lines(group: Group, rule: str) -> Compared | None:
    """Return the comparison of a group's methods by mean Dice, None where there are not two.

    Left out are ceilings and twins, whose labels or losses are others; runs that share seeds with each other; lines of
    the network before the released one, where that was run; and those that draw labels another way than most.
    """
    rivals = _rivals(group)
    scores = group_scores(group, rule)
    order = sorted(rivals, key=lambda number: -scores.of(number, METRIC).mean())
    if len(order) < 2 or len(scores.patients) < 2:
        return None
    seeded, single = _pairs(group, scores, order, rule)
    ranking = rank({str(number): scores.of(number, METRIC) for number in order})
    pairs = [*seeded, *single]
    return Compared(
        marks=_marks(group, order, pairs),
        seeded=_family(seeded, SHOWN_PAIRS),
        single=_family(single, 0),
        too_often=_too_often(group, order),
        ranking=ranking,
        plot=_critical_difference_plot(group, order, pairs, ranking) if ranking is not None else None,
    )


def other_networks(group: Group) -> str:
    """Return which lines stand in no comparison as their network is the one before, as a sentence; empty for none."""
    return left_out([line for line in group.lines if _may_rival(group, line)])


def _may_rival(group: Group, line: Line) -> bool:
    return line.first.cell.labeled == group.labeled and not line.first.cell.twin and not line.is_crossed


def _rivals(group: Group) -> list[int]:
    alike = without_former([line for line in group.lines if _may_rival(group, line)])
    found = [number for number, line in enumerate(group.lines) if line in alike]
    draws = [group.lines[number].first.cell.label_draw for number in found]
    usual = max(sorted(set(draws)), key=draws.count, default="")
    return [number for number, draw in zip(found, draws, strict=True) if draw == usual]


def _pairs(group: Group, scores: GroupScores, order: list[int], rule: str) -> tuple[list[Pair], list[Pair]]:
    """Return the pairs with seeds and those with one in them, each corrected over themselves, highest means first."""
    draws = Draws.of(len(scores.patients), generator(group.lines, rule, "pairs"))
    numbers = list(itertools.combinations(order, 2))
    found = {pair: compare(scores.of(pair[0], METRIC), scores.of(pair[1], METRIC), draws) for pair in numbers}
    seeded = [pair for pair in numbers if found[pair].gap is not None]
    single = [pair for pair in numbers if found[pair].gap is None]

    def corrected(pairs: list[tuple[int, int]]) -> list[Pair]:
        p_values = holm([found[pair].p for pair in pairs])
        return [Pair(*pair, found[pair], p) for pair, p in zip(pairs, p_values, strict=True)]

    return corrected(seeded), corrected(single)


def _family(pairs: list[Pair], most: int) -> Family:
    """Return the pairs with a page's choice of them: so many of the smallest p, and all with the highest mean."""
    surest = {id(pair) for pair in sorted(pairs, key=lambda pair: pair.found.p)[:most]}
    return Family(tuple(pair for pair in pairs if pair.first == pairs[0].first or id(pair) in surest), len(pairs))


def _too_often(group: Group, order: list[int]) -> bool:
    seeds = [count for number in order if (count := len(group.lines[number].records)) > 1]
    return len(seeds) > MANY and min(seeds) < FEW


def _marks(group: Group, order: list[int], pairs: list[Pair]) -> dict[int, str]:
    highest = order[0]
    marks = {highest: "highest mean"}
    for pair in pairs:
        if pair.first == highest:
            marks[pair.second] = "lower" if pair.apart else pair.words.replace("these networks differ; ", "")
    return {**dict.fromkeys(range(len(group.lines)), ""), **marks}


def _critical_difference_plot(group: Group, order: list[int], pairs: list[Pair], ranking: Ranking) -> str:
    """Return mean ranks; bars join what isn't told apart, with dots at members; a ruler is Nemenyi's distance."""
    import scikit_posthocs

    joined = pd.DataFrame(1.0, index=order, columns=order)
    for pair in pairs:
        if pair.apart:
            joined.loc[pair.first, pair.second] = joined.loc[pair.second, pair.first] = 0.0
    figure = Figure(figsize=(9, 2.2 + 0.3 * len(order)), layout="constrained")
    axes = figure.subplots()
    # Numbers, which unlike names every process puts into the same order in a set, as it is drawn.
    ranks = {int(number): mean for number, mean in ranking.ranks.items()}
    style: dict[str, Any] = {
        "label_props": {"fontsize": 9},
        "label_fmt_left": "{label}",
        "label_fmt_right": "{label}",
        "color_palette": {number: (COLORS * 8)[number] for number in order},
    }
    drawn = scikit_posthocs.critical_difference_diagram(ranks, joined, cd=ranking.critical_difference, ax=axes, **style)
    for text in drawn["labels"]:
        number = int(text.get_text())
        words = group.lines[number].label, f"({ranks[number]:.2f})"
        text.set_text(fill(" ".join(words if text.get_ha() == "right" else reversed(words)), WIDE))
    for bar in itertools.chain.from_iterable(drawn["crossbars"]):
        bar.set(marker="o", markersize=4.5)
    return encoded(figure)
