"""Where every mask is used and images without one are left, methods are told of as at any other number of labels."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.answer import answer
from reports.findings import find
from reports.floor import floor_of
from reports.gain_steps import gain_steps
from reports.page import build_page
from reports.restated import restated
from reports.section import Scene
from reports.summary import group
from results.store import LoadedRecord
from tests.reports.pages import read_page
from tests.reports.test_restated import conventions
from tests.reports.test_uncompared import runs
from tests.results.made import save


def with_bare(records: list[LoadedRecord]) -> list[LoadedRecord]:
    """Return records of four labelled patients beside six that have no mask."""
    found = []
    for one in records:
        patients = one.record.patients.model_copy(update={"train": 10, "unmasked": 6})
        found.append(LoadedRecord(one.record.model_copy(update={"patients": patients}), one.folder))
    return found


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    cell = {"labeled": 4, "dataset": "mine"}
    made = [*runs(tmp_path, "em", 0.7, **cell), *runs(tmp_path, "supervised", 0.6, **cell)]
    (one,) = group(with_bare([*made, *runs(tmp_path, "em", 0.65, "-twin", twin=True, **cell)]))
    return Scene(find(one), {}, "table-1")


def test_a_method_is_measured_by_supervised_training_of_the_same_labels(scene: Scene) -> None:
    (first, *_) = answer(scene).sentences
    assert first.startswith("With 4 labelled patients EM, all 4 labelled is 10.0 Dice above Supervised, all 4 labelled")
    steps = gain_steps(scene)
    assert steps is not None and floor_of(scene.group) is not None
    (way,) = steps.ways
    assert way.batches is not None and way.term is not None
    assert [way.batches.value, way.term.value, way.whole.value] == pytest.approx([5.0, 5.0, 10.0])


def test_a_ceiling_beside_fewer_labels_is_still_no_floor(tmp_path: Path) -> None:
    made = [*runs(tmp_path, "em", 0.7), *runs(tmp_path, "supervised", 0.9, "-all", labeled=70)]
    (one,) = group(made)
    found = Scene(find(one), {}, "table-1")
    assert (answer(found).highest, gain_steps(found), floor_of(one)) == ("", None, None)


def test_conventions_rank_lines_that_all_have_all_labels(tmp_path: Path) -> None:
    made = [save(tmp_path, id=name, method=name, title=name, labeled=4) for name in ("em", "mt")]
    ranked = [conventions(one, default=1 + place, action=2 - place) for place, one in enumerate(made)]
    found = restated(group(with_bare(ranked))[0])
    assert found is not None
    (table,) = [each for each in found["tables"] if each.title == "ASD"]
    assert [cells[0].rank for _, cells in table.rows] == [1, 2] and table.moved


def test_a_shaded_row_is_said_of_where_there_is_one(tmp_path: Path) -> None:
    words = "A shaded row has all training patients labelled that have masks."
    for labeled, said in ((3, 0), (70, 1)):
        made = [save(tmp_path / str(labeled), id="a", labeled=labeled)]
        assert read_page(build_page(made, tmp_path / f"page{labeled}", "T")).count(words) == said
