"""Cost against quality: what a run's training took, what it gave, and which lines nothing cheaper is above."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reports.findings import Findings

METRIC = "dice"
TOLD = {"precision": "precision", "threads": "threads", "recompute": "recompute"}
"""What a record tells of its machine beside the hardware that changes minutes, and its words."""


@dataclass(frozen=True)
class Costed:
    """A line: mean minutes of a run's training, wall time, and mean Dice in per cent."""

    label: str
    minutes: float
    dice: float


@dataclass(frozen=True)
class Machine:
    """The lines that were trained on one kind of machine, whose minutes alone are compared."""

    words: str
    lines: tuple[Costed, ...]

    @property
    def front(self) -> list[Costed]:
        """The lines that no other is above which is as cheap or cheaper (Pareto), the cheapest first."""
        found: list[Costed] = []
        for one in sorted(self.lines, key=lambda one: (one.minutes, -one.dice)):
            if not found or one.dice > found[-1].dice:
                found.append(one)
        return found


def machines(found: Findings) -> list[Machine]:
    """Return a table's lines by machine, those with its labels and scores; a machine with one line tells nothing.

    A line whose runs were on several machines has a mean of none of them and is left out.
    """
    by_machine: dict[str, list[Costed]] = {}
    for number, line in enumerate(found.group.lines):
        dice = found.spreads[number, found.rule, "avg", METRIC].mean
        words = {_machine(loaded.record.environment) for loaded in line.records}
        if dice is not None and len(words) == 1 and line.first.cell.labeled == found.group.labeled:
            cost = Costed(line.label, line.mean_train_seconds() / 60, 100 * dice)
            by_machine.setdefault(words.pop(), []).append(cost)
    return [Machine(words, tuple(lines)) for words, lines in by_machine.items() if len(lines) > 1]


def _machine(environment: Mapping[str, object]) -> str:
    """Return what trained, in words: hardware, precision and threads where the record tells them."""
    hardware = (
        environment.get("processor") or environment.get("hardware") or environment.get("device") or "hardware not told"
    )
    device = environment.get("device")
    kind = f"{device} " if device and device != hardware else ""
    parts = [f"{kind}{hardware}", *(f"{words} {environment[key]}" for key, words in TOLD.items() if key in environment)]
    return ", ".join(parts)
