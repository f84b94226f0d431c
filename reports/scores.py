"""A table's records as arrays: runs x patients x structures of every line, the same patients in all."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from reports.summary import Group, Line
from results.statistics.scores import Scores
from results.store import LoadedRecord
from results.summary import METRICS


@dataclass(frozen=True, eq=False)
class GroupScores:
    """Scores of a group's lines, in their order, by metric; the test patients in the order of the arrays."""

    lines: tuple[Mapping[str, Scores], ...]
    patients: tuple[str, ...]
    structures: tuple[str, ...]

    def of(self, line: int, metric: str, structure: str = "avg") -> Scores:
        """Return the scores of one line, of a structure or of the average over them."""
        scores = self.lines[line][metric]
        return scores if structure == "avg" else scores.structure(self.structures.index(structure))


def group_scores(group: Group, rule: str) -> GroupScores:
    """Return the reported predictors' scores under a rule."""
    tables = [_counted(line, rule) for line in group.lines]
    patients = sorted({str(patient) for table in tables for patient in table["patient"].unique()})
    lines = (
        _arrays(table, len(line.records), patients, group.structures)
        for line, table in zip(group.lines, tables, strict=True)
    )
    return GroupScores(tuple(lines), tuple(patients), group.structures)


def scores_of(records: Sequence[LoadedRecord], predictor: str, rule: str, metric: str) -> Scores:
    """Return the scores of one predictor under a rule, a run each of the records, which have the same structures."""
    tables = []
    for run, loaded in enumerate(records):
        cases = loaded.cases()
        mine = (cases["rule"] == rule) & (cases["predictor"] == predictor) & cases["counted"]
        tables.append(cases[mine].assign(run=run))
    table = pd.concat(tables)
    patients = sorted(str(patient) for patient in table["patient"].unique())
    return _arrays(table, len(records), patients, records[0].record.structures)[metric]


def generator(lines: Sequence[Line], *names: str) -> np.random.Generator:
    """Return a generator seeded by the records of some lines and by names: the same records print the same."""
    cells = (loaded.record.cell.id for line in lines for loaded in line.records)
    digest = hashlib.sha256("\x1f".join([*names, *cells]).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def _counted(line: Line, rule: str) -> pd.DataFrame:
    tables = []
    for run, loaded in enumerate(line.records):
        cases = loaded.cases()
        mine = (cases["rule"] == rule) & (cases["predictor"] == loaded.record.headline.predictor) & cases["counted"]
        tables.append(cases[mine].assign(run=run))
    return pd.concat(tables)


def _arrays(table: pd.DataFrame, runs: int, patients: Sequence[str], structures: Sequence[str]) -> Mapping[str, Scores]:
    places = pd.MultiIndex.from_product([range(runs), patients, structures], names=["run", "patient", "structure"])
    grouped = table.groupby(["run", "patient", "structure"])[list(METRICS)]
    total, count = (one.reindex(places, fill_value=0) for one in (grouped.sum(), grouped.count()))
    shape = (runs, len(patients), len(structures))
    return {
        metric: Scores(*(one[metric].to_numpy(np.float64).reshape(shape) for one in (total, count)))
        for metric in METRICS
    }
