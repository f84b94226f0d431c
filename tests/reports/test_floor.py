"""A method is measured by supervised training that has its network, labels, schedule and recipe, where that was run."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.answer_words import against_floor, against_recipe
from reports.comparison import compare_lines
from reports.findings import find
from reports.page import build_page
from reports.summary import group
from results.store import LoadedRecord
from tests.reports.pages import read_page
from tests.reports.test_gain_steps import PUBLISHED, TEACHER, lines, steps

WORDS = "augmentation=mri scaling=percentile"


def of_both_recipes(root: Path) -> list[LoadedRecord]:
    """Return supervised training as the preset has it and by the published recipe, and a method by the latter."""
    return [
        *lines(root, "sup", 0.6),
        *lines(root, "pub", 0.4, overrides=PUBLISHED),
        *lines(root, "t", 0.52, twin=True, **TEACHER, overrides=PUBLISHED),
        *lines(root, "mt", 0.55, **TEACHER, overrides=PUBLISHED),
    ]


def test_a_method_of_another_recipe_is_measured_by_supervised_training_of_that_recipe(tmp_path: Path) -> None:
    found = steps(of_both_recipes(tmp_path))
    assert found is not None
    (way,) = found.ways
    assert way.batches is not None and way.is_published and way.recipe is None
    assert [way.batches.value, way.whole.value] == pytest.approx([12.0, 15.0])
    assert {words: gain.value for words, gain in way.over_others.items()} == {WORDS: pytest.approx(-5.0)}


def test_the_answer_is_of_one_recipe_and_tells_the_other(tmp_path: Path) -> None:
    (one,) = group(of_both_recipes(tmp_path))
    found = find(one)
    compared = compare_lines(found)
    assert "Mean teacher is 15.0 Dice above Supervised (both " in against_floor(found, compared)
    text = against_recipe(found, compared)
    assert text.startswith(f"By another recipe alone ({WORDS}) supervised training is 20.0 Dice above that")
    assert "; Mean teacher is 5.0 Dice below it" in text


def test_a_recipe_that_is_a_methods_own_is_not_said_to_be_not_run(tmp_path: Path) -> None:
    made = [*of_both_recipes(tmp_path), *lines(tmp_path, "em", 0.63, method="em", title="EM")]
    found = steps(made)
    assert found is not None
    own = {way.line.first.cell.method: way.over_recipe(WORDS) for way in found.ways}
    assert {name: gain and gain.value for name, gain in own.items()} == {
        "mean_teacher": pytest.approx(-5.0),
        "em": pytest.approx(3.0),
    }
    html = read_page(build_page(made, tmp_path / "page", "T"))
    (row,) = [part for part in html.split("<tr>") if "EM" in part and "not run" in part and "+3.0" in part]
    assert row.count("not run") == 2 and row.count("<td>+3.0<br>") == 2  # it has no twin


def test_a_strong_recipe_at_another_schedule_is_none_of_this_one(tmp_path: Path) -> None:
    strong = {"method": "supervised_strong", "title": "Supervised, strong recipe"}
    made = [*lines(tmp_path, "sup", 0.5), *lines(tmp_path, "mt", 0.57, **TEACHER)]
    made += lines(tmp_path, "long", 0.9, **strong, overrides={"updates": 6000})
    assert steps(made) is None
    found = steps([*made, *lines(tmp_path, "strong", 0.6, **strong)])
    assert found is not None and found.ways[0].over_strong is not None
    assert found.ways[0].over_strong.value == pytest.approx(-3.0)
