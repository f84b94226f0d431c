"""Will unlabelled images help? What the records of a cross-validation show, for each setting of labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from reports.scores import scores_of
from results.expectation import warning
from results.statistics.gains import Gain, Word, gain, is_recipe, is_recipes_cost, patient_means, word
from results.statistics.scores import Array, Scores
from results.store import LoadedRecord

METRIC, RULE = "dice", "last"
BOUNDS = (-1.0, 1.0)
"""Of a difference of two Dice."""
LITTLE = 0.4
"""Mean Dice of both recipes of supervised training below which a longer schedule may say something else: ours, since
hippocampi that end near 0.8 were at 0.25 after 150 updates, and mean teacher, at 0, was called harmful."""
APART = 0.15
"""Dice by which a configuration's distance to the steadiest one differs between folds, where some of its runs have not
learnt: ours, since hippocampi that had learnt were 0.05 apart at most and those that had not 0.3."""
MANY = 3
"""Patients of a fold, whose median is no single patient."""
SUPERVISED, STRONG = "supervised", "supervised_strong"

Runs = Sequence[Mapping[str, Any]]
"""What each cell is for: id, method, twin, seed, setting, fold."""


@dataclass(frozen=True)
class Beside:
    """A method in a setting. dice, twin_dice: means over patients; the gains are of fractions, as they."""

    method: str
    title: str
    dice: float
    twin_dice: float
    over_twin: Gain
    over_supervised: Gain
    over_strong: Gain
    twin_over_supervised: Gain

    @property
    def word(self) -> Word:
        """What may be said of it."""
        return word(self.over_twin, self.over_supervised, self.over_strong)

    @property
    def detectable(self) -> float:
        """The least gain that each of the three comparisons would show with its power; all at once do less often."""
        return max(found.detectable for found in (self.over_twin, self.over_supervised, self.over_strong))

    @property
    def is_recipe(self) -> bool:
        """Whether its batches gain and its unlabelled images don't."""
        return is_recipe(self.over_twin, self.twin_over_supervised)

    @property
    def is_recipes_cost(self) -> bool:
        """Whether its batches lose and its unlabelled images don't."""
        return is_recipes_cost(self.over_twin, self.twin_over_supervised)


@dataclass(frozen=True)
class Unsettled:
    """Configurations that learn in some folds and not in others. count: how many, of all.

    title, low, high: the one whose folds are furthest apart, and the median patient's Dice in these two.
    """

    title: str
    low: float
    high: float
    count: int
    all: int


@dataclass(frozen=True)
class Setting:
    """A share of the labels. labeled: patients of each fold that are; methods: in their order, one of them the best.

    supervised, strong: mean Dice of supervised training and of its stronger recipe. brief: what is said of runs that
    are too short to learn; empty of others. unsettled: the configuration whose folds are furthest apart, where they are
    further apart than runs that have learnt.
    """

    name: str
    labeled: tuple[int, ...]
    patients: int
    unit: str
    supervised: float
    strong: float
    strong_over_supervised: Gain
    methods: tuple[Beside, ...]
    brief: str
    unsettled: Unsettled | None = None

    @property
    def best(self) -> Beside:
        """The method with the highest mean Dice: the rule by which one is chosen, whatever its gain."""
        return max(self.methods, key=lambda one: one.dice)

    @property
    def word(self) -> Word:
        """What is said of the setting."""
        return "not shown" if self.brief else self.best.word

    @property
    def has_learnt_little(self) -> bool:
        """Whether supervised training itself is so low that the schedule may be what is judged, and not a method."""
        return not self.brief and max(self.supervised, self.strong) < LITTLE

    @property
    def alone(self) -> str:
        """The recipe of supervised training to take where no other is better: the one with the higher mean Dice."""
        return STRONG if self.strong > self.supervised and not self.brief else SUPERVISED

    @property
    def is_strong_recipe(self) -> bool:
        """Whether the stronger recipe alone gains and the best method is not above it."""
        return is_recipe(self.best.over_strong, self.strong_over_supervised)


@dataclass(frozen=True)
class Advice:
    """What is said of each setting. chosen: the method to train on everything, and whether as its twin."""

    settings: tuple[Setting, ...]
    chosen: tuple[str, bool]

    def to_train(self, has_unlabeled: bool) -> tuple[str, bool]:
        """Return what to train on everything: where nothing is unlabelled, a recipe of supervised training."""
        return self.chosen if has_unlabeled else (self.settings[0].alone, False)


def advice_of(runs: Runs, records: Mapping[str, LoadedRecord], unit: str = "patient") -> Advice:
    """Return what the records say; each run has one."""
    names = list(dict.fromkeys(run["setting"] for run in runs))
    found = tuple(_setting(name, [run for run in runs if run["setting"] == name], records, unit) for name in names)
    return Advice(found, _chosen(found[0]))


def _chosen(setting: Setting) -> tuple[str, bool]:
    """Return the best method where it is worth it, else its twin where that is shown to gain and is the best of the
    three that learn from labels alone, else the better recipe of supervised training.
    """
    if setting.word == "worth it":
        return setting.best.method, False
    better = max(setting.supervised, setting.strong)
    if setting.best.is_recipe and not setting.brief and setting.best.twin_dice > better:
        return setting.best.method, True
    return setting.alone, False


def _setting(name: str, runs: Runs, records: Mapping[str, LoadedRecord], unit: str) -> Setting:
    table = _Table(runs, records)
    methods = [one for one in dict.fromkeys(run["method"] for run in runs) if one not in (SUPERVISED, STRONG)]
    first = [records[run["id"]].record for run in runs]
    labeled = tuple(sorted({len(record.labeled_patients) for record in first}))
    found = tuple(table.beside(method, len(methods)) for method in methods)
    alone, strong = (table.scores(recipe, False) for recipe in (SUPERVISED, STRONG))
    recipes = _mean(alone), _mean(strong), gain(strong, alone, table.folds, len(methods), BOUNDS)
    brief = warning(min(one.updates for one in first))
    return Setting(name, labeled, len(table.patients), unit, *recipes, found, brief, table.unsettled())


class _Table:
    """Scores of a setting by method and twin, over all patients that were held out; a fold's numbers beside them."""

    def __init__(self, runs: Runs, records: Mapping[str, LoadedRecord]) -> None:
        self._runs, self._records = runs, records
        self.of_fold: dict[int, list[str]] = {}
        for run in runs:
            if run["fold"] not in self.of_fold:
                patients = records[run["id"]].cases()["patient"].astype(str).unique()
                self.of_fold[run["fold"]] = sorted(patients)
        self.patients = [patient for patients in self.of_fold.values() for patient in patients]
        counts = [len(patients) for patients in self.of_fold.values()]
        self.folds = np.repeat(np.array(list(self.of_fold), np.int64), counts)

    def scores(self, method: str, twin: bool) -> Scores:
        """Return the scores of a configuration, a run a seed, patients in the order of the table."""
        parts = [self._of_fold(method, twin, fold) for fold in self.of_fold]
        return Scores(*(np.concatenate([getattr(part, name) for part in parts], 1) for name in ("total", "count")))

    def beside(self, method: str, tests: int) -> Beside:
        """Return a method beside its twin and supervised training. tests: methods that are looked at together."""
        mine, twin = self.scores(method, False), self.scores(method, True)
        alone, strong = self.scores(SUPERVISED, False), self.scores(STRONG, False)
        pairs = ((mine, twin), (mine, alone), (mine, strong), (twin, alone))
        gains = [gain(first, second, self.folds, tests, BOUNDS) for first, second in pairs]
        return Beside(method, self._title(method), _mean(mine), _mean(twin), *gains)

    def unsettled(self) -> Unsettled | None:
        """Return the configuration that is furthest apart in two folds, by its median patient beside the steadiest's.

        The steadiest of the better half tells which folds are hard for all. None where none is further apart than if
        all its runs had learnt, and of folds too small to tell.
        """
        if min(len(patients) for patients in self.of_fold.values()) < MANY:
            return None
        ways = list(dict.fromkeys((run["method"], run["twin"]) for run in self._runs))
        dice = np.array([self._medians(patient_means(self.scores(*way))) for way in ways])
        dice = dice[:, np.isfinite(dice).all(0)]
        if dice.shape[1] < 2:
            return None
        means, each = dice.mean(1), np.arange(len(ways))
        steady = min(np.flatnonzero(means >= np.median(means)), key=lambda way: np.ptp(dice[way]))
        gaps = dice - dice[steady]
        low, high = dice[each, gaps.argmin(1)], dice[each, gaps.argmax(1)]
        apart = np.minimum(np.ptp(gaps, axis=1), high - low)  # its own Dice differs, too
        widest, count = int(apart.argmax()), int((apart > APART).sum())
        title = f"{'the twin of ' * ways[widest][1]}{self._title(ways[widest][0])}"
        return Unsettled(title, float(low[widest]), float(high[widest]), count, len(ways)) if count else None

    def _medians(self, values: Array) -> Array:
        """Return the median patient of each fold; NaN where none counts."""
        known = [values[(self.folds == fold) & np.isfinite(values)] for fold in self.of_fold]
        return np.array([np.median(one) if one.size else np.nan for one in known])

    def _of_fold(self, method: str, twin: bool, fold: int) -> Scores:
        wanted = (method, twin, fold)
        mine = [run for run in self._runs if (run["method"], run["twin"], run["fold"]) == wanted]
        found = [self._records[run["id"]] for run in sorted(mine, key=lambda run: run["seed"])]
        predictor = found[0].record.headline.predictor
        return scores_of(found, predictor, RULE, METRIC, self.of_fold[fold])

    def _title(self, method: str) -> str:
        run = next(run for run in self._runs if run["method"] == method)
        return self._records[run["id"]].record.cell.title


def _mean(scores: Scores) -> float:
    """Return the mean over patients, each counted once; 0 where nothing counts."""
    means = patient_means(scores)
    known = means[np.isfinite(means)]
    return float(known.mean()) if known.size else 0.0
