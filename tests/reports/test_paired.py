"""Differences a patient: of the right sign, sorted, around the mean that the tables print."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from reports.answer_words import against_floor
from reports.findings import find
from reports.floor import floor_of
from reports.page import build_page
from reports.paired import Paired, over_floor, over_twins
from reports.paired_plot import in_words, paired_plot
from reports.section import Scene
from reports.summary import group
from results.store import LoadedRecord
from tests.reports.figures import Figure
from tests.reports.pages import read_page
from tests.reports.scored import scored

FLOOR = (0.5, 0.6, 0.7, 0.8)
GAINS = np.array((1.0, 30.0, -2.0, 3.0))
EM = {"method": "em", "title": "EM"}


def scene(records: list[LoadedRecord]) -> Scene:
    (one,) = group(records)
    return Scene(find(one), {}, "table-1")


def made(root: Path, gains: np.ndarray = GAINS, seeds: int = 1) -> list[LoadedRecord]:
    found = []
    for seed in range(seeds):
        floor = np.array(FLOOR) + seed / 100
        found.append(scored(root, tuple(floor), id=f"sup-{seed}", seed=seed))
        found.append(scored(root, tuple(floor + gains / 100), id=f"em-{seed}", seed=seed, **EM))
    return found


def test_differences_are_of_the_method_over_supervised_training_the_largest_first(tmp_path: Path) -> None:
    label, (one,) = over_floor(scene(made(tmp_path))) or ("", [])
    assert (label, one.label, one.low) == ("Supervised", "EM", None)
    assert one.differences == pytest.approx((30, 3, 1, -2)) and one.patients == ("p1", "p3", "p0", "p2")
    assert one.mean == pytest.approx(8) and one.without == pytest.approx(-0.5)
    assert in_words(one) == "+8.0; less two -0.5"


def test_a_method_that_loses_has_the_sign_of_its_loss(tmp_path: Path) -> None:
    _, (one,) = over_floor(scene(made(tmp_path, -GAINS, seeds=2))) or ("", [])
    assert one.differences == pytest.approx((2, -1, -3, -30)) and one.mean == pytest.approx(-8)
    assert one.without == pytest.approx(0.5)
    assert one.low is not None and one.high is not None and one.low < one.mean < one.high


def test_mean_and_interval_are_those_of_the_table_of_pairs(tmp_path: Path) -> None:
    shown = scene(made(tmp_path, seeds=3))
    _, (one,) = over_floor(shown) or ("", [])
    assert shown.compared is not None
    gap = shown.compared.pairs[0].found.gap
    assert gap is not None and (one.low, one.high) == (100 * gap.low, 100 * gap.high)
    assert one.mean == pytest.approx(100 * gap.value)


def test_a_twin_is_subtracted_from_its_method(tmp_path: Path) -> None:
    twin = scored(tmp_path, tuple(np.array(FLOOR) + 0.01), id="twin", twin=True, **EM)
    (one,) = over_twins(scene([*made(tmp_path), twin]))
    assert one.differences == pytest.approx((29, 2, 0, -3)) and one.mean == pytest.approx(7)


def test_each_method_is_held_against_supervised_training_of_its_own_network(tmp_path: Path) -> None:
    other = {"backbone": "resnet18"}
    records = made(tmp_path)
    records.append(scored(tmp_path, tuple(np.array(FLOOR) - 0.2), id="other-sup", **other))
    records.append(scored(tmp_path, tuple(np.array(FLOOR) - 0.15), id="other-em", **EM, **other))
    shown = scene(records)
    label, found = over_floor(shown) or ("", [])
    assert label == "supervised training of the same network and labels"
    assert sorted(one.mean for one in found) == pytest.approx([5, 8])
    assert floor_of(shown.group) == 0
    assert "8.0 Dice above Supervised, unet" in against_floor(shown.found, shown.compared)


def test_what_sets_both_apart_from_others_is_said_once_and_each_of_what_only_one_has(tmp_path: Path) -> None:
    (one,) = group(made(tmp_path))
    both = replace(one, lines=tuple(replace(line, distinction="scaling=minmax") for line in one.lines))
    shown = Scene(find(both), {}, "table-1")
    said = against_floor(shown.found, shown.compared)
    assert "EM is 8.0 Dice above Supervised (both scaling=minmax) on these test patients" in said
    other = replace(one, lines=(both.lines[0], replace(both.lines[1], distinction="scaling=percentile")))
    shown = Scene(find(other), {}, "table-1")
    first, second = sorted((line.label for line in other.lines), key=lambda label: label.startswith("Supervised"))
    assert f"{first} is 8.0 Dice above {second} on" in against_floor(shown.found, shown.compared)


def test_without_supervised_training_or_a_twin_nothing_is_shown(tmp_path: Path) -> None:
    records = [scored(tmp_path / "runs", FLOOR, id=name, method=name, title=name) for name in ("em", "cps")]
    shown = scene(records)
    assert over_floor(shown) is None and over_twins(shown) == []
    assert paired_plot([], "n", "t") is None
    assert "Which patients gain" not in read_page(build_page(records, tmp_path / "page", "T"))


def test_each_dot_is_at_its_rank_and_difference(tmp_path: Path) -> None:
    one = Paired("EM", (30.0, 3.0, 1.0, -2.0), ("p1", "p3", "p0", "p2"), 8.0, -4.0, 20.0)
    drawn = Figure.of(paired_plot([one], "n", "t"))
    ((left, right, foot),) = drawn.axes()
    dots = drawn.dots(stroke="#0072B2")[1:]  # the first is the key's
    room = 34 * 0.05  # above 30 and below -4
    assert [x for x, _ in dots] == pytest.approx([left + (right - left) * rank / 5 for rank in (1, 2, 3, 4)], abs=0.1)
    heights = [(foot - y) / 130 * (34 + 2 * room) - 4 - room for _, y in dots]
    assert heights == pytest.approx(one.differences, abs=0.05)
    (band,) = (box.attrib for box in drawn.root.iter("{http://www.w3.org/2000/svg}rect"))
    assert float(band["height"]) == pytest.approx(130 * 24 / (34 + 2 * room), abs=0.1)
