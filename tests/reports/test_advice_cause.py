"""An advice says what costs or what lacks only where its intervals show that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reports.advice import advice_of
from reports.advice_words import sentences
from results.statistics.gains import Gain, is_recipes_cost
from results.store import LoadedRecord
from tests.reports.test_advice import WAYS, Held, experiment

APART = (0.07, -0.07, 0.05, -0.05, 0.0)
"""What is added to a twin's Dice in each fold."""


def changed(records: Mapping[str, LoadedRecord], of: Callable[[str, int], float | None]) -> Mapping[str, LoadedRecord]:
    """Return records with so much more Dice by name and fold; None: none of their patients counts."""
    found = {}
    for name, one in records.items():
        table, more = one.cases(), of(name, int(name.split("fold")[1][0]))
        scores = pd.DataFrame({"dice": table["dice"] + (np.nan if more is None else more), "counted": more is not None})
        found[name] = Held(one.record, Path(), table.assign(**scores))
    return found


def test_a_twin_that_may_cost_as_little_as_nothing_is_not_said_to_cost_all(tmp_path: Path) -> None:
    losing = {("cps", False): -0.06, ("cps", True): -0.01, ("em", False): -0.08}
    runs, records = experiment(tmp_path, losing)
    (sentence,) = sentences(advice_of(runs, changed(records, lambda name, fold: APART[fold - 1] * ("twin" in name))))
    assert ": harmful (-5.0 Dice" in sentence and "not the unlabelled images" not in sentence
    assert (
        "; whether its recipe or its unlabelled images cost that is not shown: its twin -1.0 Dice, 95 % -" in sentence
    )


@pytest.mark.parametrize(
    ("over_twin", "of_twin", "costs"),
    [((0.0, -1.0, 1.0), (-5.0, -6.0, -4.0), True), ((0.0, -1.0, 1.0), (-5.0, -6.0, 1.0), False),
     ((-3.0, -8.0, 2.0), (-2.0, -3.0, -1.0), False), ((-1.0, -2.0, -0.5), (-5.0, -6.0, -4.0), False)],
)  # fmt: skip
def test_a_recipe_costs_a_loss_that_is_shown_of_it_and_is_the_larger_part(
    over_twin: tuple[float, float, float], of_twin: tuple[float, float, float], costs: bool
) -> None:
    gains = (Gain(*one, 1.0, 20, 5, "folds") for one in (over_twin, of_twin))
    assert is_recipes_cost(*gains) is costs


def test_where_one_fold_alone_counts_no_number_of_patients_is_said_to_show_a_gain(tmp_path: Path) -> None:
    runs, records = experiment(tmp_path, dict.fromkeys(WAYS[1:], 0.0))
    (sentence,) = sentences(advice_of(runs, changed(records, lambda name, fold: 0.0 if fold == 1 else None)))
    assert "inf" not in sentence and ": not shown (" in sentence
    assert sentence.count("no interval") == 3
    assert "; patients of fewer than two folds count, which show no gain, however high" in sentence
