"""Cost against quality: minutes are compared on one kind of machine, and what nothing cheaper is above is the front."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.cost import Costed, Machine, machines
from reports.cost_plot import cost_plot
from reports.findings import find
from reports.page import build_page
from reports.summary import group
from results.store import LoadedRecord
from tests.reports.figures import Figure
from tests.reports.pages import read_page
from tests.reports.scored import scored


def run(root: Path, name: str, dice: float, minutes: float, **more: object) -> LoadedRecord:
    cell = {"id": name, "method": name, "title": name.upper(), **more}
    return scored(root, (dice, dice), minutes, **cell)


def of(records: list[LoadedRecord]) -> list[Machine]:
    (one,) = group(records)
    return machines(find(one))


def test_the_front_is_what_nothing_as_cheap_is_above() -> None:
    lines = tuple(Costed(name, *at) for name, at in {
        "cheap": (1.0, 50.0), "dear": (9.0, 70.0), "worse": (2.0, 49.0), "same": (1.0, 48.0), "best": (4.0, 71.0),
    }.items())  # fmt: skip
    assert [one.label for one in Machine("m", lines).front] == ["cheap", "best"]


def test_minutes_and_dice_are_means_over_seeds_and_a_ceiling_is_left_out(tmp_path: Path) -> None:
    records = [run(tmp_path, f"em-{seed}", 0.5 + seed / 10, 2 + 2 * seed, method="em", seed=seed) for seed in (0, 1)]
    records += [run(tmp_path, "cps", 0.7, 5), run(tmp_path, "full", 0.9, 5, labeled=70)]
    (machine,) = of(records)
    assert sorted((one.minutes, one.dice) for one in machine.lines) == [
        (pytest.approx(3), pytest.approx(55)),
        (pytest.approx(5), pytest.approx(70)),
    ]


def test_machines_are_never_mixed_and_one_line_alone_is_not_drawn(tmp_path: Path) -> None:
    records = [run(tmp_path, name, 0.5, 1, hardware="A100") for name in ("a", "b")]
    records += [run(tmp_path, name, 0.6, 2, hardware="T4") for name in ("c", "d")]
    records.append(run(tmp_path, "e", 0.7, 3, hardware="L4"))
    records += [run(tmp_path, f"f{n}", 0.7, 3, method="f", seed=n, hardware=("A100", "T4")[n]) for n in (0, 1)]
    found = {machine.words: sorted(line.label for line in machine.lines) for machine in of(records)}
    assert found == {"cuda A100": ["A", "B"], "cuda T4": ["C", "D"]}
    html = read_page(build_page(records, tmp_path / "page", "T"))
    assert "on cuda A100" in html and "on cuda T4" in html and html.count("against mean Dice") == 2
    assert "Cost against quality" not in read_page(build_page(records[-3:], tmp_path / "alone", "T"))


def test_dots_are_where_minutes_and_dice_are_and_steps_join_the_front() -> None:
    lines = (Costed("a", 1.0, 50.0), Costed("b", 10.0, 60.0), Costed("c", 100.0, 55.0))
    drawn = Figure.of(cost_plot(Machine("m", lines), "cost"))
    ((left, right, foot),) = drawn.axes()
    dots = [*drawn.dots(stroke="#0072B2"), *drawn.dots(stroke="#7d8794")]
    shares = [((x - left) / (right - left), (foot - y) / 300) for x, y in dots]
    assert shares == [
        (pytest.approx(0.1 / 2.2, abs=0.001), pytest.approx(0.5 / 11, abs=0.001)),
        (pytest.approx(1.1 / 2.2, abs=0.001), pytest.approx(10.5 / 11, abs=0.001)),
        (pytest.approx(2.1 / 2.2, abs=0.001), pytest.approx(5.5 / 11, abs=0.001)),
    ]
    (steps,) = drawn.paths(stroke="#0072B2", stroke_dasharray="5 3")
    (ax, ay), (bx, by) = dots[:2]
    assert steps["d"] == "M" + "L".join(f"{x:g} {y:g}" for x, y in ((ax, ay), (bx, ay), (bx, by), (right, by)))
    assert {"a", "b", "c", "1", "10", "100"} < {words for words, _ in drawn.texts()}
