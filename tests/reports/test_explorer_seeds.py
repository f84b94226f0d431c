"""Rows of several seeds in the case explorer's part of a page: each run with its own numbers and masks."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

from reports.line import Line
from reports.page import build_page
from reports.reading import ReadOnce
from reports.seeds_text import seed_words
from tests.reports.explored import explored
from tests.reports.pages import read_page
from tests.results.made import save


def rows(page: str) -> list[dict[str, Any]]:
    found = re.search(r'data-cases="table-1-cases">(.*?)</script>', page, re.S)
    assert found is not None
    values: list[dict[str, Any]] = json.loads(found[1])["rows"]
    return values


def test_a_row_holds_the_numbers_and_masks_of_each_seed(tmp_path: Path) -> None:
    made = [explored(tmp_path, seed + 1, id=f"s{seed}", seed=seed) for seed in (0, 1)]
    page = build_page(made, tmp_path / "page", "T").read_text(encoding="utf-8")
    (row,) = rows(page)
    assert [(run["key"], run["seed"]) for run in row["runs"]] == [("s0", "seed 0"), ("s1", "seed 1")]
    first, second = (run["numbers"][0][0] for run in row["runs"])
    assert first[0] > second[0] and (first[3] - first[4], second[3] - second[4]) == (1.0, 2.0)
    assert re.findall(r'data-masks="(s[^"]*)"', page) == ["s0", "s1"] and row["usual"] == "seed 0"


def test_the_run_that_is_looked_at_first_is_the_first_that_kept_masks(tmp_path: Path) -> None:
    made = [explored(tmp_path, 1, id=f"s{seed}", seed=seed) for seed in (0, 1, 2)]
    shutil.rmtree(made[0].folder / "predictions")
    page = build_page(made, tmp_path / "page", "T").read_text(encoding="utf-8")
    assert rows(page)[0]["usual"] == "seed 1"
    assert "Supervised, seed 0: no contours, for published records keep no masks." in page


def test_without_scripts_each_seed_has_a_column(tmp_path: Path) -> None:
    made = [explored(tmp_path, seed + 1, id=f"s{seed}", seed=seed) for seed in (0, 1)]
    page = read_page(build_page(made, tmp_path / "page", "T"))
    assert '<th scope="col">Supervised, seed 0</th><th scope="col">Supervised, seed 1</th>' in page


def test_runs_of_crossed_seeds_are_named_by_those_of_each_dimension(tmp_path: Path) -> None:
    seeds = [{"label_seed": 1, "init_seed": init} for init in (1, 2)]
    made = [ReadOnce.of(save(tmp_path, 0.5, id=f"c{k}", **one)) for k, one in enumerate(seeds)]
    assert seed_words(Line(tuple(made))) == ["label draw 1, initialisation 1", "label draw 1, initialisation 2"]
    other = ReadOnce.of(save(tmp_path, 0.5, id="c2", seed=3, label_seed=1, init_seed=1))
    assert seed_words(Line((made[0], other)))[1] == "label draw 1, initialisation 1, seed 3"
