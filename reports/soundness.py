"""Whether a run's scores are whole, and its record's numbers are of them: a page prints both beside each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from results.errors import ForeignError, ResultError
from results.record import Record
from results.summary import METRICS

AVERAGE = "avg"
AGAIN = "run the cell again with --force"
COUNTS = ("cases", "counted", "missed", "false_alarm")
FIELDS = (*METRICS, *COUNTS)
LOWEST, HIGHEST = np.zeros(len(METRICS)), np.array([1.0 if name in ("dice", "jaccard") else np.inf for name in METRICS])
RELATIVE, ABSOLUTE = 1e-6, 1e-9
"""How far a record's mean may be from that of its scores: another order of adding, never another number."""

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]


def check_sound(folder: Path, record: Record, cases: pd.DataFrame) -> None:
    """Raise ResultError where scores are not one a case and structure, or a record's numbers are others."""
    file = folder / "record.json"
    if AVERAGE in record.structures:
        words = f"structures: {AVERAGE} is the name of the average over them, so no structure's"
        raise ForeignError(f"{file}: {words}; name it otherwise and run the cell again")
    values = np.stack([cases[name].to_numpy(np.float64) for name in METRICS], axis=-1)
    wrong = _wrong_patients(record, cases) or _wrong_values(cases, values)
    places = _Places.of(record, cases)
    wrong = wrong or places.wrong()
    if wrong:
        raise ResultError(f"{folder / 'cases.parquet'} {wrong}; {AGAIN}")
    wrong = _wrong_cost(record) or _wrong_summary(record, places, places.means(cases, values))
    if wrong:
        raise ResultError(f"{file}: {wrong}; {AGAIN}")


@dataclass(frozen=True, eq=False)
class _Places:
    """Where each row of scores belongs, as numbers, so that arrays are checked and no rows.

    weights: predictor and rule. structure: -1 of one that the record does not know.
    """

    weights: list[tuple[str, str]]
    cases: list[str]
    structures: tuple[str, ...]
    weight: Codes
    case: Codes
    structure: Codes

    @classmethod
    def of(cls, record: Record, cases: pd.DataFrame) -> _Places:
        """Return the places of a run's scores."""
        (predictor, predictors), (rule, rules), (case, names), (structure, found) = (
            cases[name].factorize() for name in ("predictor", "rule", "case", "structure")
        )
        pairs, weight = np.unique(predictor * len(rules) + rule, return_inverse=True)
        known = {name: place for place, name in enumerate(record.structures)}
        places = np.array([known.get(name, -1) for name in found], np.intp)
        weights = [(predictors[pair // len(rules)], rules[pair % len(rules)]) for pair in pairs.tolist()]
        return cls(weights, list(names), record.structures, weight, case, places[structure])

    @property
    def shape(self) -> tuple[int, int, int]:
        """How many weights, cases and structures there are."""
        return len(self.weights), len(self.cases), len(self.structures)

    @property
    def place(self) -> Codes:
        """Where each row stands among all that there should be."""
        return np.ravel_multi_index((self.weight, self.case, self.structure), self.shape).astype(np.intp)

    def wrong(self) -> str:
        """Return what is not one row a predictor, rule, case and structure; empty where all is."""
        if (self.structure < 0).any():
            return f"holds scores of a structure that its record does not name: {', '.join(self.structures)}"
        counts = np.bincount(self.place, minlength=int(np.prod(self.shape)))
        if (counts == 1).all():
            return ""
        first = int(np.argmax(counts != 1))
        weight, case, structure = (int(one) for one in np.unravel_index(first, self.shape))
        predictor, rule = self.weights[weight]
        what = f"{self.structures[structure]} of case {self.cases[case]} by {predictor} under {rule}"
        return f"holds {counts[first]} rows of {what}; each predictor and rule has one a case and structure"

    def means(self, cases: pd.DataFrame, values: Array) -> Array:
        """Return what a summary holds (weights, structures and their average, FIELDS) of scores that are all there."""
        order = np.argsort(self.place)
        flags = [np.ones(len(cases)), *(cases[name].to_numpy(np.float64) for name in COUNTS[1:])]
        counted = np.where(cases["counted"].to_numpy(np.bool_)[:, None], values, np.nan)
        counts = np.stack(flags, axis=-1)[order].reshape(*self.shape, len(COUNTS)).sum(1)
        means = _mean(counted[order].reshape(*self.shape, len(METRICS)), 1)
        average = np.concatenate([_mean(means, 1), counts.sum(1)], axis=-1)
        return np.concatenate([np.concatenate([means, counts], axis=-1), average[:, None]], axis=1)


def _mean(values: Array, axis: int) -> Array:
    """Return the means of the numbers that there are, NaN of none."""
    with np.errstate(invalid="ignore"):
        found: Array = np.nansum(values, axis) / (~np.isnan(values)).sum(axis)
    return found


def _wrong_patients(record: Record, cases: pd.DataFrame) -> str:
    of_case: dict[str, str] = {}
    for case, patient in dict.fromkeys(zip(cases["case"].tolist(), cases["patient"].tolist(), strict=True)):
        if of_case.setdefault(case, patient) != patient:
            return f"holds scores of case {case} by two patients, {of_case[case]} and {patient}"
    scored, wanted = len(set(of_case.values())), record.patients.test
    words = f"holds scores of {scored} patients, and its record counts {wanted} test patients"
    return words if scored != wanted or not scored else ""


def _wrong_values(cases: pd.DataFrame, values: Array) -> str:
    counted = cases["counted"].to_numpy(np.bool_)
    outside = (values < LOWEST) | (values > HIGHEST) | np.isinf(values)
    outside[:, METRICS.index("dice")] |= counted & np.isnan(values[:, METRICS.index("dice")])
    if not outside.any():
        return ""
    row, metric = (int(one) for one in np.argwhere(outside)[0])
    case, structure = cases["case"].iloc[row], cases["structure"].iloc[row]
    right = "overlap is 0 to 1, a distance is finite, and what counts has a Dice"
    return f"holds {METRICS[metric]} {values[row, metric]} of {structure} of case {case}; {right}"


def _wrong_cost(record: Record) -> str:
    found = {
        "seconds.train": record.seconds.train,
        "seconds.evaluate": record.seconds.evaluate,
        "peak_memory_mib": record.peak_memory_mib,
    }
    return next((f"{name}: {value} is no finite number" for name, value in found.items() if not np.isfinite(value)), "")


def _wrong_summary(record: Record, places: _Places, means: Array) -> str:
    """Return in what the summary is not that of the scores; empty where it is."""
    names = [(*pair, structure) for pair in places.weights for structure in (*places.structures, AVERAGE)]
    rows = {(row.predictor, row.rule, row.structure): row for row in record.summary}
    if sorted(names) != sorted((row.predictor, row.rule, row.structure) for row in record.summary):
        return f"summary: its {len(record.summary)} rows are not one a predictor, rule and structure of cases.parquet"
    if (record.headline.predictor, record.headline.rule) not in places.weights:
        return f"headline: {record.headline.predictor} under {record.headline.rule} has no scores in cases.parquet"
    told = np.array([[getattr(rows[name], field) for field in FIELDS] for name in names], np.float64)
    there = means.reshape(told.shape)
    differs = ~np.isclose(told, there, RELATIVE, ABSOLUTE, equal_nan=True)
    if not differs.any():
        return ""
    row, field = (int(one) for one in np.argwhere(differs)[0])
    what = f"{FIELDS[field]} of {names[row][2]} by {names[row][0]} under {names[row][1]}"
    return f"summary: {what} is {told[row, field]:.6g}, and {there[row, field]:.6g} by cases.parquet"
