"""The answer's sentence of the recipe: what another one alone gives supervised training, and the method above that."""

from __future__ import annotations

import re
from pathlib import Path

from reports.answer_words import against_recipe
from reports.comparison import compare_lines
from reports.findings import Findings, find
from reports.page import build_page
from reports.summary import group
from results.store import LoadedRecord
from tests.reports.pages import read_page
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


def test_of_several_other_recipes_the_best_one_is_told(tmp_path: Path) -> None:
    made = lines(tmp_path, "floor", 0.4, overrides=PUBLISHED)
    made += lines(tmp_path, "recipe", 0.7, overrides=OTHER)
    made += lines(tmp_path, "another", 0.6, overrides={"augmentation": "mri", "scaling": "minmax"})
    made += lines(tmp_path, "action", 0.75, method="action", title="ACTION", overrides=PUBLISHED)
    one = found(*made)
    text = against_recipe(one, compare_lines(one))
    assert text.startswith("By another recipe alone, the best of 2, (augmentation=mri scaling=percentile) supervised ")
    assert text.count("another recipe") == 1 and "minmax" not in text


def test_the_answer_is_two_sentences_and_which_mean_is_the_highest_stands_below(tmp_path: Path) -> None:
    made = lines(tmp_path, "floor", 0.4, overrides=PUBLISHED)
    made += lines(tmp_path, "recipe", 0.7, overrides=OTHER)
    made += lines(tmp_path, "action", 0.75, method="action", title="ACTION", overrides=PUBLISHED)
    html = read_page(build_page(made, tmp_path / "page", "T"))
    (paragraph,) = re.findall(r'<p class="answer">(.*?)</p>', html, re.DOTALL)
    first, second, *rest = re.split(r"(?<=\.) (?=By |At )", paragraph)
    assert first.startswith("With 3 labelled patients ACTION is ") and second.startswith("By another recipe alone ")
    assert rest == ["At the paper&#39;s schedule and network: no run."]
    assert re.search(r'<p class="claim">(None is shown to be the|The) highest', html)
