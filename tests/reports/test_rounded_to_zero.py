"""What is smaller than what is printed: no -0.0, and no gap of 0.0 that is called shown or the highest."""

from __future__ import annotations

import re
from math import inf, nan
from pathlib import Path

import numpy as np
import pytest

from reports.answer import Answer, answer
from reports.findings import find
from reports.formatting import digits_of, fixed, signed
from reports.page import build_page
from reports.paired import Paired
from reports.paired_plot import in_words
from reports.section import Scene
from reports.summary import group
from results.store import LoadedRecord
from tests.reports.pages import read_page
from tests.reports.scored import scored

PATIENTS = 0.5 + 0.2 * np.random.default_rng(0).random(20)
BASE = PATIENTS - PATIENTS.mean() + 0.6020
TITLES = {"supervised": "Supervised", "action": "ACTION", "em": "EM"}


def runs(root: Path, gains: dict[str, float], **cell: object) -> list[LoadedRecord]:
    """Save three equal seeds of methods that differ from the first's patients by so much on each."""
    return [
        scored(root, list(BASE + gain), id=f"{method}-{seed}", seed=seed, method=method, title=TITLES[method], **cell)
        for method, gain in gains.items()
        for seed in range(3)
    ]


def answered(records: list[LoadedRecord]) -> Answer:
    (one,) = group(records)
    return answer(Scene(find(one), {}, "table-1"))


def test_what_rounds_to_zero_has_no_sign_and_what_is_no_number_is_a_dash() -> None:
    assert [fixed(value) for value in (-0.04, 0.04, -0.06, 0.0, inf, nan)] == ["0.0", "0.0", "-0.1", "0.0", "–", "–"]
    assert [signed(value) for value in (-0.04, 0.04, -0.06, 0.06, inf, nan)] == ["0.0", "0.0", "-0.1", "+0.1", "–", "–"]
    assert [signed(value, 2) for value in (-0.004, -0.04, 0.04)] == ["0.00", "-0.04", "+0.04"]
    assert [digits_of(value) for value in (0.04, -0.0004, 3.0, 0.05, 0.0, nan)] == [2, 4, 1, 1, 1, 1]
    assert in_words(Paired("EM", (0.01,), ("p",), -0.01, -0.04, 0.06)) == "0.0 (0.0 to +0.1)"


@pytest.mark.parametrize(("gain", "points"), [(0.0004, "0.04"), (0.0002, "0.02")])
def test_a_gap_below_a_tenth_that_is_shown_is_told_with_the_digits_that_it_needs(
    tmp_path: Path, gain: float, points: str
) -> None:
    found = answered(runs(tmp_path, {"supervised": 0.0, "action": gain, "em": -0.05}))
    first, second = found.sentences[0], found.highest
    assert first == (
        f"With 3 labelled patients ACTION is {points} Dice above Supervised (95 % {points} to {points}): shown."
    )
    above = f"{points} Dice above Supervised"
    assert second == f"The highest is ACTION, 60.2 ± 0.0 over 3 seeds, told from all 2 others, {above}."
    assert found.notes == (f"The same mean as printed, but told apart: ACTION is {above}.",)
    assert {row.label: row.standing for row in found.rows} == {"ACTION": "a", "Supervised": "b", "EM": "c"}


def test_the_table_of_pairs_shows_what_tells_two_apart_and_no_infinite_effect(tmp_path: Path) -> None:
    made = runs(tmp_path, {"supervised": 0.0, "action": 0.0002, "em": -0.05})
    html = read_page(build_page(made, tmp_path / "page", "T"))
    assert "<td>+0.02</td><td>+0.02 to +0.02</td>" in html and "<td>+5.0</td>" in html
    assert "inf<" not in html and "-0.0<" not in html


def test_what_is_level_and_not_told_apart_stays_level(tmp_path: Path) -> None:
    seeds = [0.0, 0.02, -0.02]
    made = [
        scored(tmp_path, list(BASE + gain), id=f"{method}-{seed}", seed=seed, method=method, title=TITLES[method])
        for method in TITLES
        for seed, gain in enumerate(seeds)
    ]
    found = answered(made)
    assert "ACTION is level with Supervised (95 % " in found.sentences[0]
    assert found.sentences[0].endswith("): not shown.") and not found.notes
    assert found.highest == "None is the highest: Supervised, ACTION and EM have the same mean, 60.2."


def test_a_gain_over_a_twin_that_rounds_to_zero_has_no_sign(tmp_path: Path) -> None:
    made = runs(tmp_path / "runs", {"supervised": 0.0, "action": 0.0})
    twins = runs(tmp_path / "twins", {"action": 0.0002}, twin=True)
    found = answered([*made, *twins])
    assert next(row.gain for row in found.rows if row.label == "ACTION") == "0.0 ± 0.0"
    html = read_page(build_page([*made, *twins], tmp_path / "page", "T"))
    assert "Where the gain comes from" in html and not re.search(r"[-+]0\.0[ <,)]", html)
