"""Curves and cases: no two lines of a table look alike, and each value is where the scale has it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.cbook import boxplot_stats

from reports.findings import find
from reports.grid import HEIGHT
from reports.multiples import OWN
from reports.panels import Legend, Scale
from reports.plots import case_scores, line_styles, loss_curves, validation_curves
from reports.summary import group
from reports.svg import GREY, Drawing, Look
from results.store import Store
from tests.reports.figures import Figure, points
from tests.results.made import save, with_table


def test_twenty_four_lines_have_a_look_of_their_own() -> None:
    assert len(set(line_styles(24))) == 24
    assert len({color for color, _ in line_styles(6)}) == 6
    assert line_styles(25)[24] == line_styles(1)[0]


def test_labels_of_150_letters_leave_the_panels_of_cases_their_room(tmp_path: Path) -> None:
    for number in range(4):
        save(tmp_path, id=f"m{number}", method=f"m{number}", title=f"{number} " + "a long word " * 12, pictures=False)
    (one,) = group(Store(tmp_path).records())
    drawn = Figure.of(case_scores(find(one)))
    widths = [right - left for left, right, _ in drawn.axes()]
    assert len(widths) == 3 and min(widths) > 0.15 * float(drawn.root.attrib["width"])
    assert max(len(words) for words, _ in drawn.texts()) <= 48


def test_validation_curves_of_nineteen_methods_have_a_panel_each_on_the_same_axes(tmp_path: Path) -> None:
    for number in range(19):
        save(tmp_path, id=f"m{number}", method=f"m{number}", title=f"Method {number}", pictures=False)
    (one,) = group(Store(tmp_path).records())
    drawn = Figure.of(validation_curves(one))
    panels = drawn.axes()
    own = [points(path["d"]) for path in drawn.paths(stroke_width="2.2", stroke=OWN)][1:]  # the first is the key's
    assert len(panels) == len(own) == 19
    for (left, right, foot), curve in zip(panels, own, strict=True):
        xs = [left + (right - left) * part for part in (0.5 / 11, 10.5 / 11)]
        ys = [foot - HEIGHT * dice for dice in (1 / 10, 1 / 20)]
        assert [place for point in curve for place in point] == pytest.approx([xs[0], ys[0], xs[1], ys[1]], abs=0.1)
    others = drawn.paths(stroke=GREY, stroke_width="0.9", stroke_opacity="0.55")
    assert len(others) == 19 + 1  # written once for all panels, and in the key
    assert {f"Method {number}" for number in range(19)} < {words for words, _ in drawn.texts()}


def test_each_counted_case_is_a_dot_where_its_dice_is(tmp_path: Path) -> None:
    save(tmp_path, pictures=False)
    (one,) = group(Store(tmp_path).records())
    found = find(one)
    drawn = Figure.of(case_scores(found))
    dots = drawn.paths(stroke_linecap="round")
    left, right, _ = drawn.axes()[0]
    dice = 100 * found.scores["last"].dice[0, "RV"]
    xs = [x for x, _ in points(dots[0]["d"])]
    assert len(dice) == 3 and [len(points(path["d"])) for path in dots] == [3, 4, 4]
    assert xs == pytest.approx([left + (right - left) * (value + 3) / 106 for value in dice], abs=0.15)  # tenths of px


def test_a_box_is_the_one_that_matplotlib_draws(tmp_path: Path) -> None:
    save(tmp_path, pictures=False)
    (one,) = group(Store(tmp_path).records())
    found = find(one)
    dice = np.random.default_rng(0).gamma(2, 10, 60)
    scores = replace(found.scores["last"], dice=dict.fromkeys(found.scores["last"].dice, dice / 100))
    drawn = Figure.of(case_scores(replace(found, scores={"last": scores})))
    (theirs,) = boxplot_stats(dice)
    left, right, _ = drawn.axes()[0]
    wanted = [left + (right - left) * (theirs[name] + 3) / 106 for name in ("whislo", "q1", "q3", "whishi", "med")]
    whiskers, middle = drawn.paths(stroke=GREY, stroke_width="0.9")[0], drawn.paths(stroke_width="1.4")[0]
    xs = [x for x, _ in points(whiskers["d"])]
    assert [*xs, points(middle["d"])[0][0]] == pytest.approx(wanted, abs=0.15)


def test_a_loss_that_is_logged_once_is_a_dot_and_stages_end_at_dotted_lines(tmp_path: Path) -> None:
    loaded = save(tmp_path, pictures=False)
    rows = [("one", 10, "supervised", 1.0), ("one", 20, "supervised", 0.5), ("two", 30, "contrast", 2.0)]
    with_table(loaded, history=pd.DataFrame(rows, columns=["stage", "update", "term", "value"]))
    (one,) = group(Store(tmp_path).records())
    drawn = Figure.of(loss_curves(one))
    assert [len(points(path["d"])) for path in drawn.paths(stroke_dasharray="1.5 3", stroke_width="1")] == [2]
    assert [len(points(path["d"])) for path in drawn.paths(stroke_linecap="round")] == [1, 1]  # in panel and beside it
    assert {"supervised", "contrast", "update"} < {words for words, _ in drawn.texts()}


def test_scales_place_values_and_ticks() -> None:
    assert Scale(0, 100).ticks() == [0, 20, 40, 60, 80, 100]
    assert Scale.around(np.array([0.0, 10.0])) == Scale(-0.5, 10.5)
    bent = Scale.around(np.array([0.0, 0.01, 0.1, 1.0]), 0.01)
    zero, first, second, third = bent.shares(np.array([0.0, 0.01, 0.1, 1.0]))
    assert second - first == pytest.approx(third - second) == pytest.approx(0.9 * (first - zero))
    assert bent.ticks() == pytest.approx([0, 0.01, 0.1, 1])
    assert Scale.around(np.array([0.06, 0.6]), 0.01).ticks() == pytest.approx([0.1, 0.2, 0.5])
    assert Scale.around(np.array([np.nan])) == Scale(0, 1)
    assert Scale.around(np.array([7.0, 7.0])).shares(np.array([7.0]))[0] == pytest.approx(0.5)


def test_a_value_that_is_no_number_leaves_a_gap_in_a_curve() -> None:
    drawing = Drawing(10, 10)
    drawing.path(np.arange(5.0), np.array([1.0, 2.0, np.nan, 4.0, np.inf]), Look("#000000"))
    assert 'd="M0 1L1 2M3 4"' in drawing.plot("name", "title").source


def test_words_are_escaped_and_a_legend_is_as_high_as_its_longest_column() -> None:
    drawing = Drawing(10, 10)
    drawing.text(0, 0, "a < b & c")
    assert ">a &lt; b &amp; c</text>" in drawing.plot("name", "title").source
    entries = [("short", Look("#000000"))] * 3
    assert Legend(entries, 400).height == 3 * Legend(entries, 400, 3).height == 51
    assert Legend([], 400).height == 0
