"""A gain is told in steps that add up: recipe, batch statistics, unlabelled term, each with its interval."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.findings import find
from reports.gain_steps import Steps, gain_steps
from reports.page import build_page
from reports.section import Scene
from reports.summary import group
from results.store import LoadedRecord
from results.writing import write_json
from tests.reports.pages import read_page
from tests.results.made import save

VARIED = (0.0, 0.01, 0.03)


def lines(root: Path, name: str, dice: float, count: int = 3, **cell: object) -> list[LoadedRecord]:
    found = []
    for seed in range(count):
        loaded = save(root, dice + VARIED[seed], id=f"{name}-{seed}", seed=seed, size=64, **cell)
        recipe = {"augmentation": "mri", "scaling": "percentile", **dict(cell.get("overrides", {}))}  # type: ignore[call-overload]
        write_json(loaded.folder / "cell.json", {"schedule": {"size": 64, **recipe}, "config": {"weight": 0.0}})
        found.append(loaded)
    return found


def steps(records: list[LoadedRecord]) -> Steps | None:
    (one,) = group(records)
    return gain_steps(Scene(find(one), {}, "table-1"))


@pytest.fixture
def made(tmp_path: Path) -> list[LoadedRecord]:
    teacher = {"method": "mean_teacher", "title": "Mean teacher"}
    return [
        *lines(tmp_path, "sup", 0.5),
        *lines(tmp_path, "pub", 0.4, overrides={"augmentation": "geometric", "scaling": "minmax"}),
        *lines(tmp_path, "twin", 0.56, twin=True, **teacher),
        *lines(tmp_path, "mt", 0.57, **teacher),
    ]


def test_steps_are_the_differences_of_means_and_add_up(made: list[LoadedRecord]) -> None:
    found = steps(made)
    assert found is not None and found.printed[-1] == pytest.approx(51.7)
    (way,) = found.ways
    assert way.recipe is not None and way.batches is not None and way.term is not None
    assert [one.value for one in (way.recipe, way.batches, way.term)] == pytest.approx([10.0, 6.0, 1.0])
    assert way.whole.value == pytest.approx(way.batches.value + way.term.value)
    assert found.floor - found.published_recipe == pytest.approx(10.0)
    for one in (way.recipe, way.batches, way.term, way.whole):
        assert one.low is not None and one.high is not None and one.low < one.value < one.high


def test_what_was_not_run_is_said_and_one_seed_has_no_interval(tmp_path: Path) -> None:
    made = [*lines(tmp_path, "sup", 0.5, 1), *lines(tmp_path, "twin", 0.6, 1, method="em", twin=True)]
    made += [*lines(tmp_path, "em", 0.6, 1, method="em"), *lines(tmp_path, "cps", 0.7, 1, method="cps", title="CPS")]
    found = steps(made)
    assert found is not None
    em, cps = sorted(found.ways, key=lambda way: way.line.first.cell.method, reverse=True)
    assert (cps.batches, cps.term, cps.recipe) == (None, None, None) and cps.whole.low is None
    assert em.term is not None and (em.term.low, em.term.value) == (None, pytest.approx(0.0))
    text = read_page(build_page(made, tmp_path / "page", "T"))
    assert "Where the gain comes from" in text and "not run" in text


def test_a_table_without_twins_and_published_recipe_has_no_such_section(tmp_path: Path) -> None:
    made = [*lines(tmp_path, "sup", 0.5), *lines(tmp_path, "em", 0.6, method="em", title="EM")]
    assert steps(made) is None
    assert "Where the gain comes from" not in read_page(build_page(made, tmp_path / "page", "T"))


@pytest.mark.parametrize(("method", "is_recipe"), [(0.57, False), (0.55, True)])
def test_a_twin_above_supervised_and_a_method_not_above_its_twin_is_the_recipe(
    tmp_path: Path, method: float, is_recipe: bool
) -> None:
    teacher = {"method": "mean_teacher", "title": "Mean teacher"}
    made = [*lines(tmp_path, "sup", 0.5), *lines(tmp_path, "twin", 0.56, twin=True, **teacher)]
    made += lines(tmp_path, "mt", method, **teacher)
    text = read_page(build_page(made, tmp_path / "page", "T"))
    assert ("Mean teacher: the recipe, not the method." in text) == is_recipe
