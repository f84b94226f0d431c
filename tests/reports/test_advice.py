"""What is said of planted scores: the word, the gain with its interval, and whether the recipe makes it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from reports.advice import Advice, Runs, advice_of
from reports.advice_view import view_of, write_advice
from reports.advice_words import sentences, shown
from reports.page import build_page
from results.statistics.gains import Gain
from results.store import LoadedRecord, Store
from tests.results import made

FOLDS, PATIENTS = 5, 20
SPREAD = np.array([-1.0, -0.5, 0.0, 0.5, 1.0] * 4).reshape(4, 5).T.ravel() / 100  # as much in each fold of four
STRONG = ("supervised_strong", False)
WAYS = (("supervised", False), ("cps", False), ("cps", True), ("em", False), ("em", True), STRONG)
TITLES = {"supervised": "Supervised", "supervised_strong": "Supervised, strong recipe", "cps": "CPS", "em": "EM"}


def table(patients: Sequence[int], dice: np.ndarray) -> pd.DataFrame:
    rows = [
        {"predictor": "network", "rule": "last", "case": f"c{n}", "patient": f"p{n:02d}", "structure": structure}
        | dict.fromkeys(("dice", "jaccard", "hd95", "asd", "asd_pred"), float(dice[n]))
        | {"unit": "voxel", "counted": True, "missed": False, "false_alarm": False}
        for n in patients
        for structure in made.STRUCTURES
    ]
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class Held(LoadedRecord):
    """A record whose scores are in memory."""

    scores: pd.DataFrame

    def cases(self) -> pd.DataFrame:
        return self.scores


def saved(root: Path, held: Mapping[str, LoadedRecord]) -> list[LoadedRecord]:
    for name, one in held.items():
        Store(root).save(name, one.record, {"cases": one.cases(), "history": made.history()}, {})
    return [Store(root).load(name) for name in held]


def experiment(
    root: Path, gains: Mapping[tuple[str, bool], float], seeds: int = 1, updates: int = 200
) -> tuple[Runs, Mapping[str, LoadedRecord]]:
    """Return runs of a cross-validation: supervised training has 0.5, others that and their gains, with a spread."""
    runs, records = [], {}
    for number, (method, twin) in enumerate(WAYS):
        dice = 0.5 + gains.get((method, twin), 0.0) + np.roll(SPREAD, 4 * number) * (number > 0)
        for fold in range(FOLDS):
            for seed in range(seeds):
                name = f"advice-fold{fold + 1}-{method}{'-twin' * twin}-s{seed}"
                cell = {"id": name, "method": method, "title": TITLES[method], "twin": twin, "seed": seed}
                scores = table(range(fold, PATIENTS, FOLDS), dice)
                record = made.record(scores, updates, **cell, dataset=f"toy-advice-fold{fold + 1}")
                records[name] = Held(record, root / name, scores)
                told = {"id": name, "method": method, "twin": twin, "seed": seed}
                runs.append({**told, "setting": "all", "fold": fold + 1})
    return runs, records


def said(root: Path, gains: Mapping[tuple[str, bool], float], **more: int) -> tuple[Advice, str]:
    advice = advice_of(*experiment(root, gains, **more), "patient")
    (sentence,) = sentences(advice)
    return advice, sentence


def test_a_gain_over_twin_and_supervised_is_worth_it_with_the_interval_of_the_best_of_two(tmp_path: Path) -> None:
    advice, sentence = said(tmp_path, {("cps", False): 0.04, ("cps", True): 0.005, ("em", False): 0.01})
    gaps = 0.035 + np.roll(SPREAD, 4) - np.roll(SPREAD, 8)
    folds = np.array([gaps[fold::FOLDS].mean() for fold in range(FOLDS)])
    over_folds = stats.t.ppf(1 - 0.025 / 2, 4) * folds.std(ddof=1) / FOLDS**0.5
    over_patients = stats.t.ppf(1 - 0.025 / 2, 19) * gaps.std(ddof=1) / PATIENTS**0.5
    reach = max(over_folds, over_patients)
    low, high = (100 * (0.035 + sign * reach) for sign in (-1, 1))
    assert sentence.startswith(
        f"with all of the labels (1 patient): worth it (+3.5 Dice, 95 % {low:+.1f} to {high:+.1f}): CPS, the best of 2,"
    )
    assert advice.chosen == ("cps", False)


def test_a_twin_that_gains_as_much_is_the_recipe_and_not_the_method(tmp_path: Path) -> None:
    advice, sentence = said(tmp_path, {("cps", False): 0.041, ("cps", True): 0.04})
    assert ": not shown (+0.1 Dice" in sentence
    assert "; the recipe, not the method: its twin gains +4.0 Dice" in sentence
    assert advice.chosen == ("cps", True)


def test_no_gain_is_not_shown_and_the_least_that_would_be_is_told(tmp_path: Path) -> None:
    advice, sentence = said(tmp_path, {})
    best = advice.settings[0].best
    gains = best.over_twin, best.over_supervised, best.over_strong
    least = 100 * max(one.detectable for one in gains)
    assert ": not shown (" in sentence and f"; 20 patients show a gain only from about {least:.1f} on" in sentence
    assert 0.3 < least < 3
    assert advice.chosen == ("supervised", False)


def test_the_best_of_methods_that_lose_is_harmful(tmp_path: Path) -> None:
    losing = {("cps", False): -0.05, ("em", False): -0.06}
    advice, sentence = said(tmp_path, losing)
    assert ": harmful (-5.0 Dice" in sentence and "over supervised training -5.0 Dice" in sentence
    assert advice.chosen == ("supervised", False)


def test_a_twin_that_loses_as_much_is_what_the_recipe_costs(tmp_path: Path) -> None:
    losing = dict.fromkeys(WAYS[1:], -0.05)
    _, sentence = said(tmp_path, losing)
    assert ": harmful (0.0 Dice" in sentence
    assert "; its recipe costs that, not the unlabelled images: its twin -5.0 Dice" in sentence


def test_a_method_that_a_stronger_recipe_reaches_is_not_worth_it_and_the_recipe_is_trained(tmp_path: Path) -> None:
    advice, sentence = said(tmp_path, {("cps", False): 0.043, STRONG: 0.04})
    assert ": not shown (+4.3 Dice" in sentence
    assert "over supervised training +4.3 Dice" in sentence and "over its stronger recipe +0.3 Dice" in sentence
    assert "; the recipe, not the method: the stronger recipe alone gains +4.0 Dice, 95 %" in sentence
    assert sentence.endswith("over supervised training")
    assert advice.chosen == ("supervised_strong", False)


def test_a_method_above_twin_and_both_recipes_is_worth_it(tmp_path: Path) -> None:
    advice, sentence = said(tmp_path, {("cps", False): 0.06, ("cps", True): 0.01, STRONG: 0.03})
    assert ": worth it (+5.0 Dice" in sentence and "over its stronger recipe +3.0 Dice" in sentence
    assert "recipe, not the method" not in sentence
    assert advice.chosen == ("cps", False)


@pytest.mark.parametrize(("strong", "chosen"), [(0.03, ("cps", True)), (0.05, ("supervised_strong", False))])
def test_of_a_twin_and_a_recipe_that_both_gain_the_better_is_trained(
    tmp_path: Path, strong: float, chosen: tuple[str, bool]
) -> None:
    advice, sentence = said(tmp_path, {("cps", False): 0.04, ("cps", True): 0.04, STRONG: strong})
    if strong == 0.05:
        assert "its twin gains +4.0 Dice" in sentence and "and the stronger recipe alone gains +5.0 Dice" in sentence
    assert advice.chosen == chosen


@pytest.mark.parametrize(("strong", "alone"), [(0.001, "supervised_strong"), (-0.001, "supervised")])
def test_where_nothing_is_shown_the_better_recipe_is_trained(tmp_path: Path, strong: float, alone: str) -> None:
    advice, sentence = said(tmp_path, {STRONG: strong})
    assert ": not shown (" in sentence and "show a gain only from about" in sentence
    assert advice.chosen == (alone, False)


def test_a_method_below_its_twin_is_harmful_and_the_stronger_recipe_is_told_beside_it(tmp_path: Path) -> None:
    losing = {("cps", False): -0.05, ("em", False): -0.06, STRONG: 0.04}
    advice, sentence = said(tmp_path, losing)
    assert ": harmful (-5.0 Dice" in sentence
    assert "; the recipe, not the method: the stronger recipe alone gains +4.0 Dice" in sentence
    assert advice.chosen == ("supervised_strong", False)


def test_where_nothing_is_unlabelled_a_recipe_is_trained_though_a_method_was_worth_it(tmp_path: Path) -> None:
    advice, _ = said(tmp_path, {("cps", False): 0.06, ("cps", True): 0.01, STRONG: 0.03})
    assert advice.to_train(True) == ("cps", False) and advice.to_train(False) == ("supervised_strong", False)


def test_the_recipes_gain_has_the_level_of_the_table(tmp_path: Path) -> None:
    advice, _ = said(tmp_path, {STRONG: 0.04})
    found = advice.settings[0].strong_over_supervised
    folds = np.array([SPREAD[fold::FOLDS].mean() for fold in range(FOLDS)])
    over_folds = stats.t.ppf(1 - 0.025 / 2, 4) * folds.std(ddof=1) / FOLDS**0.5
    over_patients = stats.t.ppf(1 - 0.025 / 2, 19) * SPREAD.std(ddof=1) / PATIENTS**0.5
    assert found.high - found.value == pytest.approx(max(over_folds, over_patients))


def test_seeds_make_no_more_patients(tmp_path: Path) -> None:
    gains = {("cps", False): 0.04}
    once, thrice = (said(tmp_path / str(seeds), gains, seeds=seeds)[1] for seeds in (1, 3))
    assert once == thrice


def test_runs_too_short_to_learn_are_advice_of_nothing(tmp_path: Path) -> None:
    advice, sentence = said(tmp_path, {("cps", False): 0.04, STRONG: 0.03}, updates=12)
    assert sentence.startswith("with all of the labels (1 patient): not shown: 12 updates are too few to learn from")
    assert advice.chosen == ("supervised", False)


def test_a_gain_without_an_interval_says_so() -> None:
    assert shown(Gain(0.01, -np.inf, np.inf, np.inf, 3, 1, "folds")) == "+1.0 Dice, no interval"


DECIDED = {
    "grid": {"title": "Will unlabelled images help on toy?"},
    "plan": {"folds": "5, of 4"},
    "warnings": ["only few"],
    "seconds": 600.0,
    "slots": 2,
}


def test_a_page_begins_with_the_sentence_table_plan_and_command_and_has_them_as_json(tmp_path: Path) -> None:
    runs, records = experiment(tmp_path / "runs", {("cps", False): 0.04, STRONG: 0.01})
    view = view_of(advice_of(runs, records, "patient"), DECIDED, "python -m benchmark.run --method cps", 1500.0)
    page = build_page(saved(tmp_path / "runs", records), tmp_path / "page", "Will it?", len(runs), view).read_text()
    first = page[: page.index("<h2 ")]
    text = " ".join(re.sub(r"<[^>]+>", " ", first).split())
    assert "With all of the labels (1 patient): worth it (+4.0 Dice, 95 %" in text
    assert "CPS, the best by Dice worth it 54.0 50.0 +4.0" in text
    assert "Supervised training: 50.0; its stronger recipe: 51.0. Gains are means" in text
    assert "Supervised, strong recipe labels alone 51.0 – – +1.0" in text
    assert "25.0 minutes of runs with 2 at once; planned were 10.0 minutes" in text
    assert "python -m benchmark.run --method cps" in text and "Only few." in text
    found = json.loads(write_advice(view, tmp_path / "page").read_text())
    (cps, em) = found["settings"][0]["methods"]
    assert cps["over_twin"]["value"] == pytest.approx(4.0) and em["over_twin"]["value"] == pytest.approx(0.0)
    assert found["settings"][0]["supervised_dice"] == pytest.approx(50.0)
    strong = found["settings"][0]["strong"]
    assert strong["dice"] == pytest.approx(51.0) and strong["over_supervised"]["value"] == pytest.approx(1.0)
    assert cps["over_strong"]["value"] == pytest.approx(3.0) and em["over_strong"]["value"] == pytest.approx(-1.0)
    least = [cps[name]["detectable"] for name in ("over_twin", "over_supervised", "over_strong")]
    assert cps["detectable"] == max(least)
    assert f" {max(least):.1f} EM " in text[text.index("CPS, the best by Dice") :]  # its row's last cell
    assert found["chosen"] == {"method": "cps", "twin": False}


def test_a_schedule_at_which_supervised_training_itself_learns_little_is_told(tmp_path: Path) -> None:
    low = {("supervised", False): -0.25, STRONG: -0.2, ("cps", False): -0.1, ("cps", True): -0.25}
    _, sentence = said(tmp_path, low)
    words = "but supervised training is at 25.0 Dice, its stronger recipe at 30.0: where it can do better, more --hours"
    assert words in sentence
    _, other = said(tmp_path, {**low, STRONG: -0.05})  # of 45: enough
    assert "more --hours" not in other
    _, brief = said(tmp_path, low, updates=12)
    assert "more --hours" not in brief and "12 updates are too few" in brief
