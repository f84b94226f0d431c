"""What each method would have gained, had its weights been chosen by the test patients."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from reports.line import Line
from reports.summary import Group
from results.store import LoadedRecord

RULES = ("last", "val_best")


@dataclass(frozen=True)
class Gain:
    """Points of mean test Dice by which the best of ``points`` kept weights of a run is above a rule's, a seed each.

    seeds: of the runs that hold a ledger, some of the line's. looks: how often validation could have chosen.
    """

    line: Line
    points: int
    looks: int
    seeds: tuple[int, ...]
    over_last: tuple[float, ...]
    over_val_best: tuple[float, ...]

    @property
    def means(self) -> tuple[float, float]:
        """Means over seeds, over ``last`` and over ``val_best``; NaN where no validation patients chose."""
        return statistics.fmean(self.over_last), statistics.fmean(self.over_val_best)


def gains(group: Group) -> list[Gain]:
    """Return the gains of the group's lines whose records hold a ledger; weights of RULES count as points.

    An average of weights is no point: a script that looks at its checkpoints does not have it.
    """
    found = []
    for line in group.lines:
        runs = [(one, ledger) for one in line.records if (ledger := one.ledger()) is not None and len(ledger)]
        if runs:
            over = [_over(one, [float(dice) for dice in ledger["test_dice"]]) for one, ledger in runs]
            last, best = zip(*over, strict=True)
            seeds = tuple(one.record.cell.seed for one, _ in runs)
            looks = max(one.values().get("schedule", {}).get("validations", 0) for one, _ in runs)
            found.append(Gain(line, max(len(ledger) for _, ledger in runs), looks, seeds, last, best))
    return found


def without_ledger(group: Group, found: Sequence[Gain]) -> list[str]:
    """Return the labels of lines of which no record holds a ledger, and so no gain was found."""
    there = {id(gain.line) for gain in found}
    return [line.label for line in group.lines if id(line) not in there]


def _over(loaded: LoadedRecord, tested: Sequence[float]) -> tuple[float, float]:
    record = loaded.record
    by_rule = {
        row.rule: row.dice
        for row in record.summary
        if row.structure == "avg" and row.predictor == record.headline.predictor and row.dice is not None
    }
    chosen = [by_rule.get(rule, math.nan) for rule in RULES]
    oracle = max([*tested, *(dice for dice in chosen if not math.isnan(dice))])
    last, best = (100 * (oracle - dice) for dice in chosen)
    return last, best
