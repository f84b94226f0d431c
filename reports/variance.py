"""Where the variance is: components of runs that cross label draws, initialisations and data orders."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
import numpy.typing as npt

from reports.alike import alike_but_seeds, alike_in_code
from reports.findings import Findings
from reports.line import Line
from reports.summary import Group
from results.errors import ResultError
from results.record import Record
from results.statistics.components import PATIENTS, Component, components
from results.store import LoadedRecord

Level = int | tuple[str, ...]


def _own(seed: int | None, record: Record) -> int:
    return record.cell.seed if seed is None else seed


FACTORS: Mapping[str, Callable[[Record], Level]] = {
    "label draw": lambda record: record.labeled_patients,
    "initialisation": lambda record: _own(record.cell.init_seed, record),
    "data order": lambda record: _own(record.cell.data_seed, record),
}
"""Level of each factor that a record was made at; a label draw is the patients that it drew."""

NESTED = {"data order": "label draw"}
"""A data seed permutes the numbers of slices, which are other patients' slices at another draw: no level of its own."""


@dataclass(frozen=True)
class Crossing:
    """Runs of one configuration at crossed levels. levels: how many of each factor that varies.

    nested: the factors of NESTED that vary within another that does. components: variances of Dice in squared points,
    empty while runs are missing. done, wanted: numbers of runs.
    """

    line: Line
    levels: Mapping[str, int]
    nested: Mapping[str, str]
    done: int
    wanted: int
    mean: float
    patients: int
    components: tuple[Component, ...]

    def share(self, one: Component) -> float:
        """Return a component's part of all variance."""
        total = sum(other.variance for other in self.components)
        return one.variance / total if total > 0 else 0.0

    @property
    def run_deviation(self) -> float:
        """Standard deviation of one run's mean over these patients, in points: labels, weights and batches anew.

        What differs by patient is averaged over them; patients' own difficulty is no part, as they are the same in all
        runs. Negative estimates count as they are: the sum of all has no bias, one of their positive parts would.
        """
        within = [one for one in self.components if one.name != PATIENTS]
        variance = sum(one.estimate / (self.patients if one.by_patient else 1) for one in within)
        return float(np.sqrt(max(0.0, variance)))


def crossings(found: Findings) -> list[Crossing]:
    """Return the group's crossed configurations; one with fewer than two factors that vary has no components."""
    crossed = [line for line in found.group.lines if line.is_crossed]
    scores = [one["dice"].by_patient for one in found.scores[found.rule].lines] if crossed else []
    every = (_crossing(line, _runs(found.group, line, scores)) for line in crossed)
    return [one for one in every if len(one.levels) > 1]


Runs = Sequence[tuple[Record, npt.NDArray[np.float64]]]
ALIKE = ("method", "backbone", "fidelity", "label_draw", "overrides", "twin", "seed")


def _runs(group: Group, line: Line, scores: Sequence[npt.NDArray[np.float64]]) -> Runs:
    """Return the line's runs with their (patients,) scores, and the ordinary run with the same seed and values."""
    mine = line.valued()

    def belongs(other: Line, loaded: LoadedRecord) -> bool:
        names = (getattr(loaded.record.cell, name) == getattr(line.first.cell, name) for name in ALIKE)
        if other is line or other.is_crossed or not all(names):
            return other is line
        values = loaded.values()
        return all(alike_but_seeds((loaded, values), one) and alike_in_code(loaded, one[0]) for one in mine)

    return [
        (loaded.record, 100 * run)
        for other, values in zip(group.lines, scores, strict=True)
        for loaded, run in zip(other.records, values, strict=True)
        if belongs(other, loaded)
    ]


def _crossing(line: Line, runs: Runs) -> Crossing:
    levels = {name: sorted({level(record) for record, _ in runs}, key=str) for name, level in FACTORS.items()}
    varied = {name: found for name, found in levels.items() if len(found) > 1}
    nested = {inner: outer for inner, outer in NESTED.items() if inner in varied and outer in varied}
    placed = _placed(varied, runs)
    shape = tuple(len(found) for found in varied.values())
    everything = np.stack([run for _, run in runs])
    counted = np.isfinite(everything).all(0)
    parts: list[Component] = []
    if len(shape) > 1 and len(placed) == prod(shape) and counted.sum() > 1:
        table = np.empty((*shape, int(counted.sum())))
        for place, run in placed.items():
            table[place] = run[counted]
        parts = components(table, list(varied), nested)
    counts = {name: len(found) for name, found in varied.items()}
    mean = float(everything[:, counted].mean()) if counted.any() else float("nan")
    return Crossing(line, counts, nested, len(placed), prod(shape), mean, int(counted.sum()), tuple(parts))


def _placed(varied: Mapping[str, Sequence[Level]], runs: Runs) -> dict[tuple[int, ...], npt.NDArray[np.float64]]:
    """Return each run's scores by the numbers of its levels; ResultError where two runs have the same."""
    found: dict[tuple[int, ...], npt.NDArray[np.float64]] = {}
    ids: dict[tuple[int, ...], str] = {}
    for record, run in runs:
        place = tuple(levels.index(FACTORS[name](record)) for name, levels in varied.items())
        if place in found:
            words = f"{ids[place]} and {record.cell.id} have the same {', '.join(varied) or 'levels'}"
            raise ResultError(f"{words}, and components of variance take one run; leave one of them out")
        found[place], ids[place] = run, record.cell.id
    return found
