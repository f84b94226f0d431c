"""An advice says where runs have not learnt yet, and no interval leaves what Dice can be."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.advice import advice_of
from reports.advice_words import sentences
from tests.reports.test_advice import STRONG, Held, experiment


def test_configurations_that_learn_in_some_folds_alone_are_told(tmp_path: Path) -> None:
    runs, records = experiment(tmp_path, {STRONG: 0.25, ("cps", False): 0.02})
    unlearnt = ["advice-fold2-cps-s0", "advice-fold4-cps-s0", "advice-fold5-em-twin-s0"]
    lower = {name: records[name].cases().assign(dice=lambda one: one["dice"] - 0.3) for name in unlearnt}
    records = {**records, **{name: Held(records[name].record, tmp_path, cases) for name, cases in lower.items()}}
    (sentence,) = sentences(advice_of(runs, records))
    found = advice_of(runs, records).settings[0].unsettled
    assert found is not None and (found.title, found.count, found.all) == ("CPS", 2, 6)
    assert found.high - found.low == pytest.approx(0.3, abs=0.02)
    assert "; but 2 of 6 configurations learn in some folds and not in others (CPS: 22.0 and 52." in sentence
    assert sentence.endswith("more --hours may say something else")


def test_what_is_the_best_can_be_what_has_not_learnt_in_a_fold(tmp_path: Path) -> None:
    runs, records = experiment(tmp_path, {("cps", False): 0.35})
    lower = {
        name: Held(one.record, tmp_path, one.cases().assign(dice=lambda scores: scores["dice"] - 0.4))
        for name, one in records.items() if name == "advice-fold2-cps-s0"
    }  # fmt: skip
    found = advice_of(runs, {**records, **lower}).settings[0].unsettled
    assert found is not None and (found.title, found.count) == ("CPS", 1)
    assert (found.low, found.high) == (pytest.approx(0.45, abs=0.02), pytest.approx(0.85, abs=0.02))


def test_a_fold_of_hard_patients_is_no_configuration_that_has_not_learnt(tmp_path: Path) -> None:
    runs, records = experiment(tmp_path, {STRONG: 0.1, ("cps", False): 0.02})
    harder = {
        name: Held(one.record, tmp_path, one.cases().assign(dice=lambda scores: scores["dice"] - 0.3))
        if "-fold3-" in name else one
        for name, one in records.items()
    }  # fmt: skip
    assert advice_of(runs, harder).settings[0].unsettled is None
    (sentence,) = sentences(advice_of(runs, harder))
    assert "learn in some folds" not in sentence


def test_no_interval_leaves_what_dice_can_be_and_no_gain_that_can_not_be_is_told(tmp_path: Path) -> None:
    runs, records = experiment(tmp_path, {})
    far = {
        name: Held(one.record, tmp_path, one.cases().assign(dice=float(name in ("advice-fold1-cps-s0",))))
        for name, one in records.items()
    }
    (setting,) = advice_of(runs, far).settings
    assert setting.best.over_twin.high == pytest.approx(0.2 + 2.776 * 0.2 * 1.259, abs=0.01)  # t of 4, Bonferroni of 2
    for name in ("advice-fold1-cps-s0", "advice-fold2-cps-s0", "advice-fold3-cps-s0"):
        far[name] = Held(records[name].record, tmp_path, records[name].cases().assign(dice=1.0))
    (setting,) = advice_of(runs, far).settings
    assert (setting.best.over_twin.high, setting.best.over_twin.value) == (1.0, pytest.approx(0.6))
    assert "5 folds that differ so much show no gain, however high" in sentences(advice_of(runs, far))[0]
