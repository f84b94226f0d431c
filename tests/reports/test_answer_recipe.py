"""The answer's sentence of the recipe: what another one alone gives supervised training, and the method above that."""

from __future__ import annotations

from pathlib import Path

from reports.answer_words import against_recipe
from reports.comparison import compare_lines
from reports.findings import Findings, find
from reports.summary import group
from results.store import LoadedRecord
from tests.reports.test_gain_steps import lines

PUBLISHED = {"augmentation": "geometric", "scaling": "minmax"}
OTHER = {"augmentation": "mri", "scaling": "percentile"}


def found(*records: LoadedRecord) -> Findings:
    (one,) = group(list(records))
    return find(one)


def test_another_recipe_alone_is_told_with_its_interval_and_the_method_above_it(tmp_path: Path) -> None:
    made = lines(tmp_path, "floor", 0.4, overrides=PUBLISHED)
    made += lines(tmp_path, "recipe", 0.7, overrides=OTHER)
    made += lines(tmp_path, "action", 0.75, method="action", title="ACTION", overrides=PUBLISHED)
    one = found(*made)
    text = against_recipe(one, compare_lines(one))
    assert text.startswith("By another recipe alone (augmentation=mri scaling=percentile) supervised training is 30.0 ")
    assert "30.0 Dice above that (95 % " in text and "; ACTION is 5.0 Dice above it (95 % " in text
    assert text.count("shown") == 2 and text.endswith(".")


def test_a_method_below_another_recipe_is_said_to_be(tmp_path: Path) -> None:
    made = lines(tmp_path, "floor", 0.4, overrides=PUBLISHED)
    made += lines(tmp_path, "recipe", 0.7, overrides=OTHER)
    made += lines(tmp_path, "action", 0.5, method="action", title="ACTION", overrides=PUBLISHED)
    one = found(*made)
    assert "; ACTION is 20.0 Dice below it (95 % " in against_recipe(one, compare_lines(one))


def test_without_another_recipe_nothing_is_said(tmp_path: Path) -> None:
    made = lines(tmp_path, "floor", 0.4) + lines(tmp_path, "action", 0.5, method="action", title="ACTION")
    one = found(*made)
    assert against_recipe(one, compare_lines(one)) == "" == against_recipe(one, None)
