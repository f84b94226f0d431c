"""A table's records as arrays: runs x patients x structures of every line, the same patients in all."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from reports.line import Line
from reports.summary import Group
from results.statistics.scores import Array, Scores
from results.store import LoadedRecord
from results.summary import METRICS

Codes = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class GroupScores:
    """Scores of a group's lines, in their order, by metric; the test patients in the order of the arrays.

    dice: of each counted case and run, by number of the line and structure, in the order of the records.
    """

    lines: tuple[Mapping[str, Scores], ...]
    patients: tuple[str, ...]
    structures: tuple[str, ...]
    dice: Mapping[tuple[int, str], Array]

    def of(self, line: int, metric: str, structure: str = "avg") -> Scores:
        """Return the scores of one line, of a structure or of the average over them."""
        scores = self.lines[line][metric]
        return scores if structure == "avg" else scores.structure(self.structures.index(structure))


def group_scores(group: Group, rules: Sequence[str]) -> Mapping[str, GroupScores]:
    """Return the reported predictors' scores by rule; the tables of all runs are summed up at once."""
    runs = [loaded for line in group.lines for loaded in line.records]
    table = _counted(runs, [loaded.record.headline.predictor for loaded in runs])
    by_rule = {str(rule): part for rule, part in table.groupby("rule", sort=False)}
    return {rule: _scores(group, by_rule.get(rule, table.iloc[:0])) for rule in rules}


def scores_of(
    records: Sequence[LoadedRecord], predictor: str, rule: str, metric: str, patients: Sequence[str] | None = None
) -> Scores:
    """Return the scores of one predictor under a rule, a run each of the records, which have the same structures.

    patients: in their order; those of whom anything counts where they are not given.
    """
    table = _counted(records, [predictor] * len(records))
    table = table[table["rule"].to_numpy(object) == rule]
    patients = patients or sorted({str(patient) for patient in table["patient"].unique()})
    total, count = _sums(table, len(records), patients, records[0].record.structures)
    place = METRICS.index(metric)
    return Scores(total[place], count[place])


def generator(lines: Sequence[Line], *names: str) -> np.random.Generator:
    """Return a generator seeded by the records of some lines and by names: the same records print the same."""
    cells = (loaded.record.cell.id for line in lines for loaded in line.records)
    digest = hashlib.sha256("\x1f".join([*names, *cells]).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def _counted(records: Sequence[LoadedRecord], predictors: Sequence[str]) -> pd.DataFrame:
    """Return the counted rows of all runs, with the run's number, of the predictor that is meant of each."""
    tables = [loaded.cases() for loaded in records]
    counts = [len(table) for table in tables]
    table = pd.concat(tables, ignore_index=True)
    meant = np.repeat(np.array(predictors, dtype=object), counts)
    table = table.assign(run=np.repeat(np.arange(len(records)), counts))
    found: pd.DataFrame = table[table["counted"].to_numpy(bool) & (table["predictor"].to_numpy(object) == meant)]
    return found


def _scores(group: Group, table: pd.DataFrame) -> GroupScores:
    """Return the scores of the counted cases under one rule."""
    ends = np.cumsum([0, *(len(line.records) for line in group.lines)])
    patients = sorted({str(patient) for patient in table["patient"].unique()})
    total, count = _sums(table, int(ends[-1]), patients, group.structures)
    lines = tuple(
        {metric: Scores(total[place, begin:end], count[place, begin:end]) for place, metric in enumerate(METRICS)}
        for begin, end in pairwise(ends)
    )
    line = np.searchsorted(ends, table["run"].to_numpy(), side="right") - 1
    return GroupScores(lines, tuple(patients), group.structures, _dice(group, table, line))


def _sums(table: pd.DataFrame, runs: int, patients: Sequence[str], structures: Sequence[str]) -> tuple[Array, Array]:
    """Return sums over a patient's cases and their counts, each (metrics, runs, patients, structures)."""
    grouped = table.groupby(["run", "patient", "structure"])[list(METRICS)]
    sums, counts = grouped.sum(), grouped.count()
    found = sums.index.to_frame(index=False)
    run, patient = found["run"].to_numpy(np.intp), _codes(found["patient"], patients)
    structure = _codes(found["structure"], structures)
    known = (patient >= 0) & (structure >= 0)
    arrays = []
    for values in (sums, counts):
        array = np.zeros((len(METRICS), runs, len(patients), len(structures)))
        array[:, run[known], patient[known], structure[known]] = values.to_numpy(np.float64)[known].T
        arrays.append(array)
    return arrays[0], arrays[1]


def _codes(values: pd.Series, names: Sequence[str]) -> Codes:
    """Return the place of each value among the names, -1 for one that is none of them."""
    places = {name: place for place, name in enumerate(names)}
    return np.array([places.get(value, -1) for value in values.tolist()], np.intp)


def _dice(group: Group, table: pd.DataFrame, line: Codes) -> Mapping[tuple[int, str], Array]:
    dice, structure = table["dice"].to_numpy(np.float64), _codes(table["structure"], group.structures)
    return {
        (number, name): dice[(line == number) & (structure == place)]
        for number in range(len(group.lines))
        for place, name in enumerate(group.structures)
    }
