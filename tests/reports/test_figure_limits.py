"""A figure of tiny pixels, of many structures, of cases without pictures, and of tables that differ in their data."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from reports.figure_choice import chosen
from reports.figure_content import Panel, Row, Shown, Wanted
from reports.figure_layout import legend_columns
from reports.figure_panels import HATCHES, bar_mm, drawn, length_in_words
from reports.plots import COLORS, LINE_STYLES
from results.errors import ResultUsageError
from results.images import Pictured, packed
from results.store import LoadedRecord, Store
from tests.reports.pictured import DICE, SIZE, reference, run
from tests.results.made import history

MANY = {f"structure {label}": label for label in range(1, 25)}


def without_picture(root: Path, case: str) -> LoadedRecord:
    """Save a run that keeps pictures of all test cases but one."""
    made = run(root)
    masks = {name: reference(place) for place, name in enumerate(DICE)}
    grey = np.zeros((5, SIZE, SIZE), np.uint8)
    kept = [Pictured.of(name, range(5), grey, masks[name], (1.0, 1.0, 1.0)) for name in DICE if name != case]
    predictions = {"masks": masks, "images": packed(kept)}
    tables = {"cases": made.cases(), "history": history()}
    Store(root).save(made.record.cell.id, made.record, tables, predictions, force=True)
    return Store(root).load(made.record.cell.id)


def test_places_among_cases_with_pictures_alone_say_of_how_many(tmp_path: Path) -> None:
    shown = chosen([without_picture(tmp_path, "c1")], Wanted())  # c1 is the worst of all
    assert [(row.rank, row.name) for row in shown.rows] == [
        ("worst of 3 of 4 cases", "c3"), ("median of 3 of 4 cases", "c2"), ("best of 3 of 4 cases", "c0")
    ]  # fmt: skip
    said = list(shown.told())
    assert said[1] == "worst of 3 of 4 cases by Supervised: c3, slice 4"
    assert said[-1] == "ranked are 3 of 4 cases: of the others not all of these runs keep a picture"
    beside = drawn(shown, "contours").axes[0].texts[0].get_text()
    assert beside == "c3\nworst of 3 of 4 cases, slice 4"
    named = chosen([without_picture(tmp_path / "named", "c1")], Wanted(cases=("c2",)))
    assert list(named.told()) == ["Supervised: toy-supervised", "c2, slice 4"]


def test_more_columns_than_a_width_holds_are_one_sentence(tmp_path: Path) -> None:
    shown = chosen([run(tmp_path)], Wanted(cases=("c0",)))
    many = replace(shown, columns=shown.columns * 18, rows=(replace(shown.rows[0], panels=shown.rows[0].panels * 18),))
    with pytest.raises(ResultUsageError, match="--width 40: 20 columns need 49 mm; name fewer with --methods"):
        drawn(many, "contours", 40.0)
    assert len(drawn(many, "contours", 49.0).axes) == 20


def test_a_methods_name_is_its_row_of_few_labels_and_a_ceiling_is_named_by_its_label(tmp_path: Path) -> None:
    made = [run(tmp_path, id="few"), run(tmp_path, id="full", labeled=70)]
    (column,) = chosen(made, Wanted(methods=("supervised",))).columns
    assert column.run.record.cell.id == "few"
    (column,) = chosen(made, Wanted(methods=("Supervised, all 70 labelled",))).columns
    assert column.run.record.cell.id == "full"


@pytest.mark.parametrize(
    ("width", "length", "words"),
    [(0.04, 0.01, "10 µm"), (0.38, 0.1, "0.1 mm"), (0.004, 0.001, "1 µm"), (2.0, 0.5, "0.5 mm"), (60.0, 20, "20 mm")],
)
def test_a_scale_bar_of_tiny_pixels_fits_its_panel(width: float, length: float, words: str) -> None:
    assert bar_mm(width) == pytest.approx(length) and length_in_words(bar_mm(width)) == words


def test_the_bar_of_a_slice_of_micrometres_lies_within_its_panel(tmp_path: Path) -> None:
    for size in (0.001, 0.01):
        image = drawn(chosen([run(tmp_path / str(size), spacing=(1.0, size, size))], Wanted()), "contours").axes[0]
        begin, end = image.lines[0].get_xdata()
        assert 0.6 <= begin < end == 0.95


@pytest.mark.parametrize("style", ["contours", "overlay"])
def test_24_structures_are_told_apart_in_a_legend_that_fits(tmp_path: Path, style: str) -> None:
    one = chosen([run(tmp_path)], Wanted(cases=("c0",)))
    mask = np.repeat(np.arange(40, dtype=np.uint8), 40).reshape(40, 40) % 25
    row = Row("c", "", 1, mask, mask, None, (Panel(mask, 1.0, 0.0),))
    figure = drawn(Shown(one.columns, (row,), MANY, "mm"), style)
    figure.canvas.draw()
    (legend,) = figure.legends
    box, sheet = legend.get_window_extent(), figure.bbox
    assert sheet.x0 <= box.x0 and box.x1 <= sheet.x1 and box.y0 >= sheet.y0
    last = min(axes.get_window_extent().y0 for axes in figure.axes)
    assert box.y1 < last
    looks = [
        (each.get_color(), each.get_linestyle()) if style == "contours" else (each.get_facecolor(), each.get_hatch())
        for each in legend.legend_handles[:-1]  # type: ignore[union-attr]
    ]
    assert len(set(looks)) == 24 == len(list(product(COLORS, LINE_STYLES))) == len(list(product(COLORS, HATCHES)))


def test_a_legend_stands_in_one_row_where_all_of_it_fits() -> None:
    assert legend_columns(["RV", "Myo", "LV", "reference"], 178) == 4
    assert legend_columns([*MANY, "reference"], 178) == 6 and legend_columns(["a" * 200], 40) == 1


def test_tables_that_differ_in_data_alone_are_chosen_by_their_titles(tmp_path: Path) -> None:
    made = [run(tmp_path, id=name) for name in ("a", "b")]
    made[1] = replace(made[1], record=made[1].record.model_copy(update={"data_fingerprint": "e"}))
    with pytest.raises(ResultUsageError) as raised:
        chosen(made, Wanted("acdc", 3, "quick"))
    first, second = (f"acdc (data {name} by names and sizes)" for name in "de")
    assert str(raised.value) == (
        f"the records are of several tables: {first}, 3 labelled, preset quick; {second}, 3 labelled, preset quick; "
        f"choose one, as by --dataset '{first}'"
    )
    shown = chosen(made, Wanted(second))
    assert [column.run.record.cell.id for column in shown.columns] == ["b"]


def test_tables_that_differ_in_their_unit_alone_are_asked_for_by_folder(tmp_path: Path) -> None:
    made = [run(tmp_path, id=name) for name in ("a", "b")]
    made[1] = replace(made[1], record=made[1].record.model_copy(update={"unit": "voxel"}))
    with pytest.raises(ResultUsageError, match=r"quick, in mm; .*quick, in voxel; name a folder that holds those of"):
        chosen(made, Wanted())
