"""The numbers of a run's test cases: overlap, distance and volumes of each structure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from reports.reading import ReadOnce

MARKS = {(True, False): "missed", (False, True): "false alarm"}


class Number(NamedTuple):
    """Of a case and structure: all but the mark is None where it is not counted or not kept.

    predicted, reference: volumes in the run's ``volume_unit``. mark: in words, that a mask is empty; else nothing.
    """

    dice: float | None
    hd95: float | None
    asd: float | None
    predicted: float | None
    reference: float | None
    mark: str

    @property
    def volume_error(self) -> float | None:
        """How much larger the predicted structure is than that of the reference."""
        return None if self.predicted is None or self.reference is None else self.predicted - self.reference


@dataclass(frozen=True)
class CaseNumbers:
    """Patient and numbers of each structure by case, of the weights that are reported; volume_unit: empty for none."""

    patients: Mapping[str, str]
    by_case: Mapping[str, Mapping[str, Number]]
    volume_unit: str

    def mean(self, case: str, name: str) -> float | None:
        """Return the mean of a number over the structures that have it, of volume errors without their sign."""
        found = [getattr(number, name) for number in self.by_case.get(case, {}).values()]
        sizes = [abs(value) for value in found if value is not None]
        return sum(sizes) / len(sizes) if sizes else None


def case_numbers(loaded: ReadOnce) -> CaseNumbers:
    """Return the numbers of a run's test cases, in its order."""
    table, headline = loaded.cases(), loaded.record.headline
    meant = {"predictor": headline.predictor, "rule": headline.rule}
    mine = np.logical_and.reduce([table[name].to_numpy(object) == one for name, one in meant.items()])
    kept = loaded.volumes()
    volumes: dict[tuple[str, str], tuple[float, float]] = {}
    if kept is not None:
        sizes = (kept[name].tolist() for name in ("case", "structure", "predicted", "reference"))
        volumes = {(case, one): (ours, theirs) for case, one, ours, theirs in zip(*sizes, strict=True)}
    found: dict[str, dict[str, Number]] = {}
    names = ("case", "structure", "dice", "hd95", "asd", "counted", "missed", "false_alarm")
    columns = [table[name].to_numpy()[mine].tolist() for name in names]
    for case, structure, *scores, counted, missed, alarm in zip(*columns, strict=True):
        mark = MARKS.get((missed, alarm), "") if counted else "both empty"
        dice, hd95, asd = map(_known, scores)
        ours, theirs = volumes.get((case, structure), (None, None))
        found.setdefault(case, {})[structure] = Number(dice, hd95, asd, ours, theirs, mark)
    patients = dict(zip(columns[0], table["patient"].to_numpy()[mine].tolist(), strict=True))
    return CaseNumbers(patients, found, "" if kept is None or kept.empty else str(kept["unit"].iloc[0]))


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
