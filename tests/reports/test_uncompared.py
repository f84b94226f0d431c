"""Rows that no test compares are named where a sentence would else pass over them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reports.answer import Answer, answer
from reports.comparison import other_draws
from reports.findings import Findings, find
from reports.page import build_page
from reports.section import Scene
from reports.summary import group
from results.store import LoadedRecord
from tests.reports.pages import read_page
from tests.reports.scored import scored

BASE = np.linspace(-0.05, 0.05, 12)
TITLES = {"action": "ACTION", "em": "EM", "supervised": "Supervised"}


def runs(root: Path, method: str, dice: float, name: str = "", **cell: object) -> list[LoadedRecord]:
    return [
        scored(root, list(dice + gain + BASE), id=f"{method}{name}-{seed}", seed=seed, method=method,
               title=TITLES[method], **cell)
        for seed, gain in enumerate((0.0, 0.01, -0.01))
    ]  # fmt: skip


@pytest.fixture
def three(tmp_path: Path) -> list[LoadedRecord]:
    return [
        one for name, dice in (("action", 0.7), ("em", 0.6), ("supervised", 0.5)) for one in runs(tmp_path, name, dice)
    ]


def of(records: list[LoadedRecord]) -> Findings:
    (one,) = group(records)
    return find(one)


def answered(records: list[LoadedRecord]) -> Answer:
    return answer(Scene(of(records), {}, "table-1"))


def test_no_row_is_called_the_highest_below_a_twin_that_no_test_compares(
    tmp_path: Path, three: list[LoadedRecord]
) -> None:
    lower, higher = (runs(tmp_path / str(dice), "action", dice, "-twin", twin=True) for dice in (0.65, 0.8))
    told = "ACTION, 70.0 ± 1.0 over 3 seeds, told from all 2 others."
    assert answered([*three, *lower]).highest == f"The highest is {told}"
    twin = "ACTION, twin without unlabelled terms"
    words = f"The highest of those compared is {told} Higher, and compared with none: {twin}."
    assert answered([*three, *higher]).highest == words


def test_a_ceiling_is_above_by_its_labels_and_named_nowhere(tmp_path: Path, three: list[LoadedRecord]) -> None:
    made = [*three, *runs(tmp_path, "supervised", 0.9, "-all", labeled=70)]
    assert answered(made).highest.startswith("The highest is ACTION, ")


def test_lines_of_another_draw_of_labels_are_named_as_left_out(tmp_path: Path, three: list[LoadedRecord]) -> None:
    assert other_draws(of(three)) == ""
    made = [*three, *runs(tmp_path, "em", 0.8, "-drawn", label_draw="random")]
    words = "Left out of comparisons, as most lines have their labels by the canonical draw: EM, random draw."
    assert other_draws(of(made)) == words
    assert "The highest of those compared is ACTION, canonical draw, " in answered(made).highest
    html = read_page(build_page(made, tmp_path / "page", "T"))
    assert html.count(words) == 1 and html.count("Higher, and compared with none: EM, random draw.") == 1


def test_the_answer_is_of_the_papers_network_whichever_scores_highest(tmp_path: Path) -> None:
    made = [*runs(tmp_path, "action", 0.6), *runs(tmp_path, "supervised", 0.5)]
    made += runs(tmp_path, "action", 0.8, "-other", backbone="resnet18")
    made += runs(tmp_path, "supervised", 0.7, "-other", backbone="resnet18")
    assert answered(made).sentences[0].startswith("With 3 labelled patients ACTION, unet is 10.0 Dice above Supervised")
