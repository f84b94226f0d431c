"""Dice by the number of labelled patients: what differs in nothing else is one line through the means of its tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from reports.findings import Findings, find_all
from reports.label_efficiency import Efficiency, efficiencies
from reports.label_efficiency_plot import efficiency_plot
from reports.page import build_page
from reports.summary import group
from results.record import StageInfo
from results.store import LoadedRecord
from results.writing import write_json
from tests.reports.figures import Figure, points
from tests.reports.pages import read_page
from tests.reports.scored import scored

EM = {"method": "em", "title": "EM"}


def tables(records: Sequence[LoadedRecord]) -> list[Findings]:
    return find_all(group(records), ["last"])


def only(records: Sequence[LoadedRecord]) -> Efficiency:
    (found,) = efficiencies(tables(records))
    return found


@pytest.fixture
def made(tmp_path: Path) -> list[LoadedRecord]:
    """Supervised training at 3, 7 and 70 labels, two seeds each; EM at 3 and 7 with one; CPS at 3."""
    found = [
        scored(tmp_path, (dice + seed / 50, dice + seed / 25), id=f"sup-{labeled}-{seed}", labeled=labeled, seed=seed)
        for labeled, dice in ((3, 0.5), (7, 0.6), (70, 0.8))
        for seed in (0, 1)
    ]
    found += [scored(tmp_path, (dice, dice), id=f"em-{n}", labeled=n, **EM) for n, dice in ((3, 0.55), (7, 0.65))]
    return [*found, scored(tmp_path, (0.4, 0.4), id="cps", method="cps", title="CPS")]


def test_lines_go_through_the_means_of_the_tables_and_a_ceiling_ends_its_method(made: list[LoadedRecord]) -> None:
    found = only(made)
    assert [(course.label, [point.labeled for point in course.points]) for course in found.courses] == [
        ("Supervised", [3, 7, 70]),
        ("EM", [3, 7]),
    ]
    supervised, em = found.courses
    assert [point.mean for point in supervised.points] == pytest.approx([51.5, 61.5, 81.5])
    assert [point.seeds for point in supervised.points] == [pytest.approx((d, d + 3)) for d in (50.0, 60.0, 80.0)]
    assert [(point.mean, point.low, point.high) for point in em.points] == [
        (pytest.approx(55), None, None),
        (pytest.approx(65), None, None),
    ]
    assert found.counts == (3, 7, 70) and [point.mean for point in found.alone] == [pytest.approx(40)]


def test_intervals_are_those_of_the_tables(made: list[LoadedRecord]) -> None:
    every = tables(made)
    supervised = efficiencies(every)[0].courses[0]
    for table, point in zip(every, supervised.points, strict=False):
        number = next(n for n, line in enumerate(table.group.lines) if line.label == "Supervised")
        inside = table.intervals["last"][number, "avg", "dice"]
        assert (point.low, point.high) == (100 * inside.low, 100 * inside.high)


def test_what_differs_in_more_than_labels_is_no_line(tmp_path: Path) -> None:
    first = scored(tmp_path, (0.5, 0.5), id="a", labeled=3)
    for name, cell in (
        ("draw", {"label_draw": "random"}),
        ("network", {"backbone": "unet-transposed"}),
        ("override", {"overrides": {"lr": 0.1}}),
        ("twin", {"twin": True}),
        ("preset", {"preset": "paper"}),
    ):
        other = scored(tmp_path, (0.6, 0.6), id=name, labeled=7, **cell)
        assert efficiencies(tables([first, other])) == [], name
    other = scored(tmp_path, (0.6, 0.6), id="values", labeled=7)
    assert len(efficiencies(tables([first, other]))) == 1
    for loaded, lr in ((first, 0.01), (other, 0.02)):
        write_json(loaded.folder / "cell.json", {"schedule": {}, "config": {"lr": lr}})
    assert efficiencies(tables([first, other])) == []


@pytest.mark.parametrize(
    "changed", [{"parameters": 5}, {"convention": {"name": "action", "missed": "left out"}},
                {"stages": (StageInfo(name="train", updates=40),)}, {"structures": ("RV", "Myo")}]
)  # fmt: skip
def test_records_that_tell_of_another_training_or_score_are_on_no_line(
    tmp_path: Path, changed: dict[str, object]
) -> None:
    first, other = (scored(tmp_path, (0.5, 0.6), id=f"l{n}", labeled=n) for n in (3, 7))
    told = LoadedRecord(
        other.record.model_copy(update={"convention": {"name": "default", "missed": "0"}}), other.folder
    )
    assert len(efficiencies(tables([first, told]))) == 1
    another = LoadedRecord(told.record.model_copy(update=changed), told.folder)
    mine = LoadedRecord(first.record.model_copy(update={"convention": told.record.convention}), first.folder)
    assert efficiencies(tables([mine, another])) == []


def test_other_test_patients_are_on_no_line(tmp_path: Path) -> None:
    few, many = scored(tmp_path, (0.5, 0.6), id="few"), scored(tmp_path, (0.5, 0.6, 0.7), id="many", labeled=7)
    assert efficiencies(tables([few, many])) == []


def test_one_number_of_labels_draws_nothing_and_the_page_has_no_such_section(tmp_path: Path) -> None:
    made = [scored(tmp_path / "runs", (0.5, 0.6), id=f"s{seed}", seed=seed) for seed in (0, 1)]
    assert efficiencies(tables(made)) == []
    assert "by the number of labelled patients" not in read_page(build_page(made, tmp_path / "page", "T"))


def test_each_count_is_a_tick_with_its_mean_above_it_on_a_logarithmic_axis(made: list[LoadedRecord]) -> None:
    drawn = Figure.of(efficiency_plot(only(made)))
    line = points(drawn.paths(stroke="#0072B2", stroke_width="2")[0]["d"])
    texts = drawn.root.iter("{http://www.w3.org/2000/svg}text")
    ticks = {one.text: float(one.attrib["x"]) for one in texts if one.text in ("3", "7", "70")}
    assert [x for x, _ in line] == pytest.approx([ticks["3"], ticks["7"], ticks["70"]], abs=0.1)
    (first, second, third), ys = (x for x, _ in line), [y for _, y in line]
    assert (third - second) / (second - first) == pytest.approx(1 / 0.36798, rel=0.01)  # log10 of 7 / 3
    assert (ys[0] - ys[1]) / (ys[1] - ys[2]) == pytest.approx(10 / 20, rel=0.01)


def test_a_band_is_between_neighbours_with_intervals_and_one_seed_has_none(made: list[LoadedRecord]) -> None:
    drawn = Figure.of(efficiency_plot(only(made)))
    assert len(drawn.paths(fill_opacity="0.14", fill="#0072B2")) == 2  # 3 to 7 and 7 to 70
    assert drawn.paths(fill_opacity="0.14", fill="#E69F00") == []


def test_more_lines_than_are_told_apart_have_a_panel_each_with_supervised_training_dashed(
    made: list[LoadedRecord], tmp_path: Path
) -> None:
    names = ["mona", "ict", "uamt", "dct", "scs", "gcl"]
    for place, name in enumerate(names):
        few, many = 0.51 + place / 100, 0.61 + place / 100
        called = {"method": name, "title": name.upper()}
        made += [
            scored(tmp_path, (dice, dice), id=f"{name}-{n}", labeled=n, **called) for n, dice in ((3, few), (7, many))
        ]
    found = only(made)
    drawn = Figure.of(efficiency_plot(found))
    assert len(found.courses) == 8 and [one.label for one in found.courses if one.is_floor] == ["Supervised"]
    assert len(drawn.axes()) == 8
    titles = [text for text, _ in drawn.texts() if text in ("Supervised", "EM", *(name.upper() for name in names))]
    assert titles == ["Supervised", *(course.label for course in found.courses)]  # in the key, then over its panel
    dashed = [points(path["d"]) for path in drawn.paths(stroke_dasharray="5 3") if path["d"].count("L") > 1]
    assert [len(path) for path in dashed] == [3]  # once, and used in each panel
    own = [points(path["d"]) for path in drawn.paths(stroke="#0072B2", stroke_width="2")]
    assert [len(path) for path in own if len(path) == 3] == [3]
    assert "Each has a panel" in read_page(build_page(made, tmp_path / "page", "T"))


def test_the_page_shows_it_once_with_a_link_to_it(made: list[LoadedRecord], tmp_path: Path) -> None:
    html = read_page(build_page(made, tmp_path / "page", "T"))
    assert html.count('id="label_efficiency"') == 1 and 'href="#label_efficiency"' in html
    assert html.index('id="label_efficiency"') < html.index('id="table-1"')
    assert "Grey dots" in html
