"""Differences of methods a test patient, to supervised training and to their twins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reports.comparison import METRIC, Compared
from reports.findings import Findings
from reports.floor import measured_by
from reports.section import Scene

WITHOUT = 2
"""Patients that are left out to see whether they make a gain."""


@dataclass(frozen=True)
class Paired:
    """Points of Dice of a method over another line, a test patient each, largest first, and the mean that tables print.

    low, high: of its 95 % interval; None where either has one seed. patients: whose the differences are.
    """

    label: str
    differences: tuple[float, ...]
    patients: tuple[str, ...]
    mean: float
    low: float | None
    high: float | None

    @property
    def without(self) -> float | None:
        """The mean without the two patients that make most of it; None where no other is left."""
        rest = self.differences[WITHOUT:] if self.mean >= 0 else self.differences[:-WITHOUT]
        return float(np.mean(rest)) if rest else None


def over_floor(scene: Scene) -> tuple[str, list[Paired]] | None:
    """Return the label of supervised training and the methods that are compared with it; None without such a pair.

    Each method is held against supervised training of its own network and draw of labels.
    """
    lines, compared = scene.group.lines, scene.compared
    pairs = {} if compared is None else measured_by(lines, compared.order)
    if compared is None or not pairs:
        return None
    labels = list(dict.fromkeys(lines[floor].label for floor in pairs.values()))
    label = labels[0] if len(labels) == 1 else "supervised training of the same network and labels"
    return label, [_over_floor(scene.found, compared, *pair) for pair in pairs.items()]


def over_twins(scene: Scene) -> list[Paired]:
    """Return the methods of which a twin was run, over it."""
    lines, found = scene.group.lines, []
    for number, line in enumerate(lines):
        twin = next((n for n, other in enumerate(lines) if other.is_twin_of(line)), None)
        if twin is not None and len(scene.found.scores[scene.found.rule].patients) > 1:
            gain = scene.over.over(number, twin)
            found.append(_paired(scene.found, (number, twin), (gain.value, gain.low, gain.high)))
    return found


def _over_floor(found: Findings, compared: Compared, number: int, floor: int) -> Paired:
    """Return a method over supervised training, with the numbers of the table of pairs."""
    pair = next(one for one in compared.pairs if {one.first, one.second} == {number, floor})
    sign = 100 if pair.first == number else -100
    gap = pair.found.gap
    ends: Sequence[float | None] = (None, None) if gap is None else sorted((sign * gap.low, sign * gap.high))
    return _paired(found, (number, floor), (sign * pair.found.difference, *ends))


def _paired(found: Findings, pair: tuple[int, int], mean: Sequence[float | None]) -> Paired:
    scores = found.scores[found.rule]
    first, second = (scores.of(number, METRIC).by_patient().mean(axis=0) for number in pair)
    gaps = 100 * (first - second)
    order = [int(place) for place in np.argsort(-gaps, kind="stable") if np.isfinite(gaps[place])]
    value, low, high = mean
    assert value is not None
    patients = tuple(scores.patients[place] for place in order)
    return Paired(
        found.group.lines[pair[0]].label, tuple(float(gaps[place]) for place in order), patients, value, low, high
    )
