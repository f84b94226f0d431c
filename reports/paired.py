"""Differences of methods a test patient, to supervised training and to their twins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reports.floor import measured_by
from reports.section import Scene

WITHOUT = 2
"""Patients that are left out to see whether they make a gain."""


@dataclass(frozen=True)
class Paired:
    """Points of Dice of a method over another line, a test patient each, largest first, and the mean that tables print.

    low, high: of its 95 % interval; None where either has one seed or crossed ones. patients: whose the differences
    are.
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
    return label, [_paired(scene, *pair) for pair in pairs.items()]


def over_twins(scene: Scene) -> list[Paired]:
    """Return the methods of which a twin was run, over it."""
    lines, found = scene.group.lines, []
    for number, line in enumerate(lines):
        twin = next((n for n, other in enumerate(lines) if other.is_twin_of(line)), None)
        if twin is not None and len(scene.found.scores[scene.found.rule].patients) > 1:
            found.append(_paired(scene, number, twin))
    return found


def _paired(scene: Scene, number: int, other: int) -> Paired:
    """Return a line over another, with the gain that the page states and the runs that it is of."""
    patients, gain = scene.found.scores[scene.found.rule].patients, scene.over.over(number, other)
    first, second = (scores.by_patient.mean(axis=0) for scores in scene.over.alike(number, other)[:2])
    gaps = 100 * (first - second)
    order = [int(place) for place in np.argsort(-gaps, kind="stable") if np.isfinite(gaps[place])]
    differences = tuple(float(gaps[place]) for place in order)
    whose = tuple(patients[place] for place in order)
    return Paired(scene.group.lines[number].label, differences, whose, gain.value, gain.low, gain.high)
