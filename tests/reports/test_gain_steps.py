"""A gain is told in steps that add up: recipe, batch statistics, unlabelled term, each with its interval."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.findings import find
from reports.floor import measured_by
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
    (base,) = found.bases
    assert base.label == "Supervised, augmentation=mri scaling=percentile"
    assert base.published is not None and base.dice - base.published == pytest.approx(10.0)
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


def test_a_wide_interval_over_the_twin_and_one_seed_are_no_sign_of_the_recipe(tmp_path: Path) -> None:
    teacher = {"method": "mean_teacher", "title": "Mean teacher"}
    made = [*lines(tmp_path, "sup", 0.5), *lines(tmp_path, "twin", 0.56, twin=True, **teacher)]
    wide = [
        save(tmp_path, dice, id=f"mt-{seed}", seed=seed, size=64, **teacher) for seed, dice in enumerate((0.4, 0.9))
    ]
    for loaded in wide:
        write_json(loaded.folder / "cell.json", {"schedule": {"size": 64}, "config": {"weight": 0.0}})
    for records in ([*made, *wide], [*made, wide[1]]):
        found = steps(records)
        assert found is not None
        (way,) = found.ways
        assert way.batches is not None and way.batches.low is not None and way.batches.low > 0
        assert way.term is not None and not (way.term.low or 0) > 0 and not way.is_recipe


def test_a_twin_stands_beside_runs_of_its_own_seeds_and_says_of_how_many(tmp_path: Path) -> None:
    teacher = {"method": "mean_teacher", "title": "Mean teacher"}
    made = [*lines(tmp_path, "sup", 0.5), *lines(tmp_path, "twin", 0.6, 1, twin=True, **teacher)]
    made += lines(tmp_path, "mt", 0.58, **teacher)  # 0.58, 0.59 and 0.61, so above the twin on the whole
    found = steps(made)
    assert found is not None
    (way,) = found.ways
    assert way.term is not None and way.batches is not None
    assert (way.term.value, way.batches.value) == (pytest.approx(-2.0), pytest.approx(10.0))
    assert (way.term.part, way.term.low, way.whole.part) == ("1 of 3 runs", None, "")
    text = read_page(build_page(made, tmp_path / "page", "T"))
    assert "1 of 3 runs" in text and "of the seeds that both have" in text


def test_a_pair_that_is_tested_has_one_interval_on_the_page(made: list[LoadedRecord]) -> None:
    (one,) = group(made)
    scene = Scene(find(one), {}, "table-1")
    found = gain_steps(scene)
    assert found is not None and scene.compared is not None
    (way,) = found.ways
    pair = next(pair for pair in scene.compared.pairs if one.lines[pair.first] is way.line and pair.found.gap)
    assert pair.found.gap is not None and one.lines[pair.second].first.cell.method == "supervised"
    ends = [(100 * p.found.gap.low, 100 * p.found.gap.high) for p in scene.compared.pairs if p.found.gap]
    assert (way.whole.low, way.whole.high) in ends


TEACHER = {"method": "mean_teacher", "title": "Mean teacher"}
PUBLISHED = {"augmentation": "geometric", "scaling": "minmax"}


def resolved(loaded: list[LoadedRecord], **schedule: object) -> list[LoadedRecord]:
    """Let a preset have set fields that nobody asked for."""
    for one in loaded:
        write_json(one.folder / "cell.json", {"schedule": {"size": 64, **schedule}, "config": {"weight": 0.0}})
    return loaded


def test_where_the_preset_has_the_published_recipe_the_other_steps_are_still_told(tmp_path: Path) -> None:
    made = resolved(lines(tmp_path, "sup", 0.5), **PUBLISHED)
    made += resolved(lines(tmp_path, "twin", 0.56, twin=True, **TEACHER), **PUBLISHED)
    made += resolved(lines(tmp_path, "mt", 0.57, **TEACHER), **PUBLISHED)
    found = steps(made)
    assert found is not None
    (way,), (base,) = found.ways, found.bases
    assert way.batches is not None and way.term is not None
    assert (way.recipe, base.published) == (None, None)
    assert [way.batches.value, way.term.value, way.whole.value] == pytest.approx([6.0, 1.0, 7.0])


def test_what_was_replaced_in_all_rows_keeps_no_row_from_being_the_floor(tmp_path: Path) -> None:
    asked = {"overrides": {"updates": 5}}
    made = [*lines(tmp_path, "sup", 0.5, **asked), *lines(tmp_path, "twin", 0.56, twin=True, **TEACHER, **asked)]
    made += lines(tmp_path, "mt", 0.57, **TEACHER, **asked)
    found = steps(made)
    assert found is not None and found.ways[0].whole.value == pytest.approx(7.0)


def test_a_method_is_measured_by_supervised_training_of_its_own_network_and_labels_and_by_no_crossing(
    tmp_path: Path,
) -> None:
    made = [*lines(tmp_path, "a", 0.9, init_seed=1), *lines(tmp_path, "b", 0.8, label_draw="random")]
    made += [*lines(tmp_path, "c", 0.4, backbone="resnet18"), *lines(tmp_path, "sup", 0.5)]
    for name, dice, cell in (("u", 0.57, {}), ("r", 0.57, {"backbone": "resnet18"}), ("v", 0.6, {"backbone": "vgg11"})):
        made += lines(tmp_path, f"{name}t", dice - 0.02, twin=True, **TEACHER, **cell)
        made += lines(tmp_path, name, dice, **TEACHER, **cell)
    found = steps(made)
    assert found is not None
    gains = {way.line.first.cell.backbone: way.whole.value for way in found.ways}
    assert gains == {"unet": pytest.approx(7.0), "resnet18": pytest.approx(17.0)}
    assert sorted(base.dice for base in found.bases) == pytest.approx([mean(made, "c-"), mean(made, "sup-")])
    assert found.without == ("Mean teacher, vgg11, canonical draw",)


def mean(records: list[LoadedRecord], name: str) -> float:
    mine = [one.record.summary for one in records if one.record.cell.id.startswith(name)]
    return 100 * sum(next(row.dice for row in rows if row.structure == "avg") for rows in mine) / len(mine)


def test_the_stronger_recipe_is_a_floor_too_and_no_method(tmp_path: Path) -> None:
    made = [*lines(tmp_path, "sup", 0.5), *lines(tmp_path, "mt", 0.57, **TEACHER)]
    made += lines(tmp_path, "strong", 0.6, method="supervised_strong", title="Supervised, strong recipe")
    found = steps(made)
    assert found is not None
    (way,), (base,) = found.ways, found.bases
    assert way.line.label == "Mean teacher" and way.over_strong is not None and base.strong_gain is not None
    assert (way.over_strong.value, base.strong_gain.value) == (pytest.approx(-3.0), pytest.approx(10.0))
    text = read_page(build_page(made, tmp_path / "page", "T"))
    assert "by the strong recipe (+10.0, +" in text and "The method over<br>the strong recipe" in text


def test_a_published_recipe_with_something_else_replaced_is_no_step(tmp_path: Path) -> None:
    made = [*lines(tmp_path, "sup", 0.5), *lines(tmp_path, "pub", 0.4, overrides={**PUBLISHED, "lr": 0.1})]
    made += [*lines(tmp_path, "twin", 0.56, twin=True, **TEACHER), *lines(tmp_path, "mt", 0.57, **TEACHER)]
    found = steps(made)
    assert found is not None and found.ways[0].recipe is None and found.bases[0].published is None


def test_at_a_preset_of_the_published_recipe_supervised_training_as_it_is_stays_the_floor(tmp_path: Path) -> None:
    made = resolved(lines(tmp_path, "sup", 0.5), **PUBLISHED)
    made += lines(tmp_path, "mri", 0.7, overrides={"augmentation": "mri"})
    made += resolved(lines(tmp_path, "twin", 0.56, twin=True, **TEACHER), **PUBLISHED)
    made += resolved(lines(tmp_path, "mt", 0.57, **TEACHER), **PUBLISHED)
    found = steps(made)
    assert found is not None and found.ways[0].whole.value == pytest.approx(7.0)


def test_another_recipe_of_supervised_training_is_told_with_every_methods_gain_over_it(tmp_path: Path) -> None:
    made = resolved(lines(tmp_path, "sup", 0.5), **PUBLISHED)
    made += lines(tmp_path, "mri", 0.6, overrides={"augmentation": "mri", "scaling": "percentile"})
    made += resolved(lines(tmp_path, "mt", 0.57, **TEACHER), **PUBLISHED)
    made += lines(tmp_path, "lr", 0.9, overrides={"augmentation": "mri", "lr": 0.1})  # more than the recipe is other
    found = steps(made)
    assert found is not None
    (way,), ((words, dice, gain),) = found.ways, found.bases[0].others
    assert way.is_published and way.recipe is None
    assert (words, dice) == ("augmentation=mri scaling=percentile", pytest.approx(mean(made, "mri-")))
    assert gain.value == pytest.approx(10.0) and way.over_others[words].value == pytest.approx(-3.0)
    text = read_page(build_page(made, tmp_path / "page", "T"))
    assert f"by {words} (+10.0, +" in text and f"The method over supervised<br>{words}" in text
    assert "the published recipe</td>" in text


def test_a_method_is_measured_by_supervised_training_at_its_own_schedule(tmp_path: Path) -> None:
    longer = {"overrides": {"updates": 6000}}
    made = [*lines(tmp_path, "sup", 0.5), *lines(tmp_path, "long", 0.6, **longer)]
    made += [
        *lines(tmp_path, "t", 0.59, twin=True, **TEACHER, **longer),
        *lines(tmp_path, "mt", 0.62, **TEACHER, **longer),
    ]
    found = steps(made)
    assert found is not None and found.ways[0].whole.value == pytest.approx(2.0)
    (one,) = group(made)
    order = [number for number, line in enumerate(one.lines) if not line.first.cell.twin]
    assert {one.lines[n].label: one.lines[f].label for n, f in measured_by(one.lines, order).items()} == {
        "Mean teacher": "Supervised, updates=6000"
    }


def test_the_published_recipe_of_another_fidelity_is_no_step(tmp_path: Path) -> None:
    made = [*lines(tmp_path, "sup", 0.5), *lines(tmp_path, "pub", 0.4, fidelity="official", overrides=PUBLISHED)]
    made += [*lines(tmp_path, "twin", 0.56, twin=True, **TEACHER), *lines(tmp_path, "mt", 0.57, **TEACHER)]
    found = steps(made)
    assert found is not None and found.bases[0].published is None
