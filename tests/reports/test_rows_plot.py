"""Rows of dots: structures, what choosing gains, and components, each at its value with its interval."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.findings import find
from reports.ledger import Gain
from reports.rows_plot import Dot, Row, rows_plot
from reports.selection_plot import selection_plot
from reports.structures import structures_plot
from reports.summary import group
from reports.variance import crossings
from reports.variance_plot import variance_plot
from tests.reports.figures import Figure, points
from tests.reports.test_variance import crossed
from tests.results.made import save

BLUE, ORANGE, PINK = "#0072B2", "#E69F00", "#CC3377"


def values(drawn: Figure, color: str, ends: tuple[float, float], width: str = "7.2") -> list[float]:
    """Return the values of the dots of a colour on an axis with these ends."""
    (left, right, _), *_ = drawn.axes()
    share = [(x - left) / (right - left) for x, _ in drawn.dots(stroke=color, stroke_width=width)]
    return [ends[0] + one * (ends[1] - ends[0]) for one in share]


def test_a_dot_is_at_its_value_between_the_ends_of_its_interval() -> None:
    rows = [Row("one", (Dot(10.0, 0.0, 20.0), Dot(50.0))), Row("two", (None, Dot(100.0)))]
    drawing = rows_plot(rows, ("first", "second"), "x")
    assert drawing is not None
    drawn, ends = Figure.of(drawing.plot("n", "t")), (-5.0, 105.0)
    assert values(drawn, BLUE, ends) == pytest.approx([10], abs=0.1)
    assert values(drawn, ORANGE, ends) == pytest.approx([50, 100], abs=0.1)
    (interval,) = drawn.paths(stroke=BLUE, stroke_width="2")
    (left, right, _), *_ = drawn.axes()
    shares = [(x - left) / (right - left) for x, _ in points(interval["d"])]
    assert shares == pytest.approx([5 / 110, 25 / 110], abs=0.001)
    assert {"one", "two", "first", "second"} < {words for words, _ in drawn.texts()}


def test_names_over_dots_in_one_place_stand_beside_each_other() -> None:
    drawing = rows_plot([Row("one", tuple(Dot(1.0) for _ in range(3)))], ("left one", "middle", "right one"), "x")
    assert drawing is not None
    texts = Figure.of(drawing.plot("n", "t")).root.iter("{http://www.w3.org/2000/svg}text")
    xs = {one.text: float(one.attrib["x"]) for one in texts}
    assert xs["middle"] - xs["left one"] > 40 and xs["right one"] - xs["middle"] > 40


def test_rows_without_dots_are_no_drawing() -> None:
    assert rows_plot([Row("one", (None, Dot(float("nan"))))], ("a", "b"), "x") is None
    assert rows_plot([], ("a",), "x") is None


def test_structures_are_the_means_of_the_records_rows_by_falling_mean(tmp_path: Path) -> None:
    records = [save(tmp_path, dice, id=name, method=name, title=name) for name, dice in (("low", 0.2), ("high", 0.7))]
    (one,) = group(records)
    found = find(one)
    drawn = Figure.of(structures_plot(found))
    mean = {
        (line.label, structure): 100 * found.spreads[number, "last", structure, "dice"].mean
        for number, line in enumerate(one.lines)
        for structure in one.structures
    }
    low, high = min(mean.values()), max(mean.values())
    ends = low - (high - low) / 20, high + (high - low) / 20
    for structure, color in zip(one.structures, (BLUE, ORANGE, PINK), strict=True):
        assert values(drawn, color, ends) == pytest.approx([mean["high", structure], mean["low", structure]], abs=0.1)
    assert {"RV", "Myo", "LV"} < {words for words, _ in drawn.texts()}


def test_what_choosing_gains_is_a_dot_a_seed_around_the_mean(tmp_path: Path) -> None:
    line = group([save(tmp_path)])[0].lines[0]
    gain = Gain(line, 3, 3, (0, 1), (2.0, 4.0), (0.0, 1.0))
    drawn, ends = Figure.of(selection_plot([gain])), (-0.2, 4.2)
    assert values(drawn, BLUE, ends) == pytest.approx([3], abs=0.01)
    assert values(drawn, BLUE, ends, "3.8") == pytest.approx([2, 4], abs=0.01)
    assert values(drawn, ORANGE, ends) == pytest.approx([0.5], abs=0.01)
    assert selection_plot([]) is None


def test_components_are_drawn_as_standard_deviations_and_none_while_runs_are_missing(tmp_path: Path) -> None:
    (crossing,) = crossings(find(group(crossed(tmp_path / "all"))[0]))
    drawn = Figure.of(variance_plot(crossing))
    most = max(part.high for part in crossing.components) ** 0.5
    found = values(drawn, BLUE, (-most / 20, most + most / 20))
    assert found == pytest.approx([part.variance**0.5 for part in crossing.components], abs=0.01 * most)
    assert found[0] == pytest.approx(10, abs=0.01 * most)  # initialisation moves Dice by 10 points
    (missing,) = crossings(find(group(crossed(tmp_path / "some", drop=1))[0]))
    assert variance_plot(missing) is None
