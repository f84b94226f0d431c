"""Which methods of a table the test patients and seeds can tell apart."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from reports.findings import Findings
from reports.line import Line
from reports.networks import left_out, without_former
from reports.ranking_plot import critical_difference_plot
from reports.scores import GroupScores, generator
from reports.summary import Group
from reports.svg import Plot
from results.statistics.bootstrap import Draws
from results.statistics.letters import letters
from results.statistics.paired import ALPHA, Comparison, compare, holm
from results.statistics.ranks import Ranking, rank

METRIC = "dice"
ONE_SEED = "one seed"
"""What every table says of a row, or a pair, with one seed in it: no test tells methods by it."""
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
        if self.found.gap is None:
            return ONE_SEED
        return "told apart" if self.apart else "not distinguishable"


@dataclass(frozen=True)
class Family:
    """Pairs that Holm corrects together. shown: those that a page prints, of as many as were tested."""

    shown: tuple[Pair, ...]
    tested: int


@dataclass(frozen=True)
class Compared:
    """What is said of a group's methods.

    order: numbers of the lines by falling mean. standings: of each line by number, its letters, of which those that
    can't be told apart share one; words where it has one seed; empty where it is not compared. pairs: all of them.
    seeded: those of two seeds or more each, which can be told apart. single: those with one seed in them, which can't:
    Holm over all would make the others pay for them.
    too_often: whether there are many methods of few seeds.
    """

    order: tuple[int, ...]
    pairs: tuple[Pair, ...]
    standings: Mapping[int, str]
    seeded: Family
    single: Family
    too_often: bool
    ranking: Ranking | None
    plot: Plot | None


def compare_lines(found: Findings) -> Compared | None:
    """Return the comparison of a group's methods by mean Dice, None where there are not two.

    Left out are ceilings and twins, whose labels or losses are others; runs that share seeds with each other; lines of
    the network before the released one, where that was run; those that draw labels another way than most; and those of
    which no case counts.
    """
    group, scores = found.group, found.scores[found.rule]
    rivals = _rivals(group, scores)
    order = sorted(rivals, key=lambda number: -scores.of(number, METRIC).mean())
    if len(order) < 2 or len(scores.patients) < 2:
        return None
    seeded, single = _pairs(found, order)
    ranking = rank({str(number): scores.of(number, METRIC) for number in order})
    pairs = [*seeded, *single]
    apart = [(pair.first, pair.second) for pair in pairs if pair.apart]
    return Compared(
        order=tuple(order),
        pairs=tuple(pairs),
        standings=_standings(group, order, apart),
        seeded=_family(seeded, SHOWN_PAIRS),
        single=_family(single, 0),
        too_often=_too_often(group, order),
        ranking=ranking,
        plot=None if ranking is None else critical_difference_plot(group, order, apart, ranking),
    )


def other_networks(group: Group) -> str:
    """Return which lines stand in no comparison as their network is the one before, as a sentence; empty for none."""
    return left_out([line for line in group.lines if _may_rival(group, line)])


def other_draws(found: Findings) -> str:
    """Return which lines stand in no comparison as they draw labels another way, as a sentence; empty for none."""
    lines, draws = found.group.lines, _draws(found.group, found.scores[found.rule])
    usual = _usual(draws)
    names = "; ".join(lines[number].label for number, draw in draws.items() if draw != usual)
    return names and f"Left out of comparisons, as most lines have their labels by the {usual} draw: {names}."


def _may_rival(group: Group, line: Line) -> bool:
    return not (group.is_beside(line) or line.first.cell.twin or line.is_crossed)


def _rivals(group: Group, scores: GroupScores) -> list[int]:
    draws = _draws(group, scores)
    usual = _usual(draws)
    return [number for number, draw in draws.items() if draw == usual]


def _draws(group: Group, scores: GroupScores) -> Mapping[int, str]:
    """Return how the lines draw labels that may be compared where they draw them alike."""
    alike = without_former([line for line in group.lines if _may_rival(group, line)])
    counted = {number for number in range(len(group.lines)) if np.isfinite(scores.of(number, METRIC).mean())}
    found = [number for number, line in enumerate(group.lines) if line in alike and number in counted]
    return {number: group.lines[number].first.cell.label_draw for number in found}


def _usual(draws: Mapping[int, str]) -> str:
    """Return the draw of most lines, the first by name of equals; empty for none."""
    every = list(draws.values())
    return max(sorted(set(every)), key=every.count, default="")


def _pairs(found: Findings, order: list[int]) -> tuple[list[Pair], list[Pair]]:
    """Return the pairs with seeds and those with one in them, each corrected over themselves, highest means first."""
    scores = found.scores[found.rule]
    draws = Draws.of(len(scores.patients), generator(found.group.lines, found.rule, "pairs"))
    numbers = list(itertools.combinations(order, 2))
    pairs = {pair: compare(scores.of(pair[0], METRIC), scores.of(pair[1], METRIC), draws) for pair in numbers}
    seeded = [pair for pair in numbers if pairs[pair].gap is not None]
    single = [pair for pair in numbers if pairs[pair].gap is None]

    def corrected(family: list[tuple[int, int]]) -> list[Pair]:
        p_values = holm([pairs[pair].p for pair in family])
        return [Pair(*pair, pairs[pair], p) for pair, p in zip(family, p_values, strict=True)]

    return corrected(seeded), corrected(single)


def _family(pairs: list[Pair], most: int) -> Family:
    """Return the pairs with a page's choice of them: so many of the smallest p, and all with the highest mean."""
    surest = {id(pair) for pair in sorted(pairs, key=lambda pair: pair.found.p)[:most]}
    return Family(tuple(pair for pair in pairs if pair.first == pairs[0].first or id(pair) in surest), len(pairs))


def _too_often(group: Group, order: list[int]) -> bool:
    seeds = [count for number in order if (count := len(group.lines[number].records)) > 1]
    return len(seeds) > MANY and min(seeds) < FEW


def _standings(group: Group, order: list[int], apart: list[tuple[int, int]]) -> dict[int, str]:
    """Return what is said of each line; a line with seeds that has none to be told from has no letter."""
    seeded = [number for number in order if len(group.lines[number].records) > 1]
    found = {number: ONE_SEED for number in order if number not in seeded}
    named = letters(seeded, apart) if len(seeded) > 1 else {}
    return {number: found.get(number, named.get(number, "")) for number in range(len(group.lines))}
