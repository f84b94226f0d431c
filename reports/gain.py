"""Points of Dice of one line over another, with their interval."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from reports.alike import seeds
from reports.comparison import Compared
from reports.findings import Findings
from reports.scores import generator
from reports.spread import partly
from results.statistics.bootstrap import Draws, difference
from results.statistics.scores import Scores

METRIC = "dice"


@dataclass(frozen=True)
class Gain:
    """Points of Dice of one line over another.

    value: NaN where nothing of one of them counts. low, high: of the 95 % interval; None where either has one seed or
    crossed ones, one patient is tested or nothing counts. part: of how many runs and structures, where not of all,
    or that a twin has no seed in common. alone: why there is no interval.
    """

    value: float
    low: float | None
    high: float | None
    part: str = ""
    alone: str = "one seed"


@dataclass(frozen=True, eq=False)
class Gains:
    """The gains of a table's lines over each other, each computed once, when it is asked for.

    compared: the pairs that the table tests, whose gains are those. A twin stands beside runs of its own seeds alone:
    it is the same run but for its unlabelled terms.
    """

    found: Findings
    compared: Compared | None = None
    _known: dict[tuple[int, int], Gain] = field(default_factory=dict, repr=False)

    def over(self, first: int, second: int) -> Gain:
        """Return the gain of a line over another, both by number."""
        if (first, second) not in self._known:
            gain = self._gain(first, second)
            part = ", ".join(filter(None, (gain.part, lacking(self.found, first, second))))
            self._known[first, second] = replace(gain, part=part)
        return self._known[first, second]

    def _gain(self, first: int, second: int) -> Gain:
        pairs = () if self.compared is None else self.compared.pairs
        tested = next((pair for pair in pairs if {pair.first, pair.second} == {first, second}), None)
        if tested is not None:
            sign, gap = 100 if tested.first == first else -100, tested.found.gap
            ends = (None, None) if gap is None else sorted((sign * gap.low, sign * gap.high))
            return Gain(sign * tested.found.difference, *ends)
        found, lines = self.found, self.found.group.lines
        patients = len(found.scores[found.rule].patients)
        one, other, part = self.alike(first, second)
        value = 100 * (one.mean() - other.mean())
        if not np.isfinite(value):
            return Gain(value, None, None, part, "nothing counts")
        if patients < 2:
            return Gain(value, None, None, part, "one patient")
        if any(lines[number].is_crossed for number in (first, second)):
            return Gain(value, None, None, part, "crossed seeds")
        draws = Draws.of(patients, generator([lines[first], lines[second]], found.rule, "steps"))
        inside = difference(one, other, draws)
        if inside is None:
            return Gain(value, None, None, part)
        return Gain(value, 100 * inside.low, 100 * inside.high, part)

    def alike(self, first: int, second: int) -> tuple[Scores, Scores, str]:
        """Return the scores of two lines, of seeds that both have where one is a twin, and of how many runs these are.

        All of them where they have none in common, which is said.
        """
        scores = self.found.scores[self.found.rule]
        lines = [self.found.group.lines[number] for number in (first, second)]
        one, other = (scores.of(number, METRIC) for number in (first, second))
        mine, theirs = ([seeds(loaded) for loaded in line.records] for line in lines)
        common = [seed for seed in mine if seed in theirs]
        if not any(line.first.cell.twin for line in lines):
            return one, other, ""
        if not common:
            return one, other, "no seed in common"
        picked = one.of_runs([mine.index(seed) for seed in common]), other.of_runs([theirs.index(s) for s in common])
        return *picked, partly(len(common), max(len(mine), len(theirs)))


def lacking(found: Findings, *numbers: int) -> str:
    """Return of how many structures the averages of lines are, where others of their table are of more."""
    said = (found.spreads[number, found.rule, "avg", METRIC].lacking for number in numbers)
    return ", ".join(filter(None, dict.fromkeys(said)))
