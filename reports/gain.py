"""Points of Dice of one line over another, with their interval."""

from __future__ import annotations

from dataclasses import dataclass, field

from reports.findings import Findings
from reports.scores import generator
from results.statistics.bootstrap import Draws, difference

METRIC = "dice"


@dataclass(frozen=True)
class Gain:
    """Points of Dice of one line over another. low, high: of the 95 % interval; None where either has one seed."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, eq=False)
class Gains:
    """The gains of a table's lines over each other, each computed once, when it is asked for."""

    found: Findings
    _known: dict[tuple[int, int], Gain] = field(default_factory=dict, repr=False)

    def over(self, first: int, second: int) -> Gain:
        """Return the gain of a line over another, both by number."""
        if (first, second) not in self._known:
            self._known[first, second] = self._gain(first, second)
        return self._known[first, second]

    def _gain(self, first: int, second: int) -> Gain:
        found, lines = self.found, self.found.group.lines
        scores = found.scores[found.rule]
        one, other = scores.of(first, METRIC), scores.of(second, METRIC)
        draws = Draws.of(len(scores.patients), generator([lines[first], lines[second]], found.rule, "steps"))
        inside = difference(one, other, draws)
        value = 100 * (one.mean() - other.mean())
        return Gain(value, *(None, None) if inside is None else (100 * inside.low, 100 * inside.high))
