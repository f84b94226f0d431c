"""A twin without a seed of its method's stands beside other runs, and that is said."""

from __future__ import annotations

from pathlib import Path

from reports.findings import find
from reports.gain import Gains
from reports.page import build_page
from reports.summary import group
from tests.reports.pages import read_page
from tests.results.made import save


def test_a_gain_over_a_twin_of_other_seeds_says_that_none_is_common(tmp_path: Path) -> None:
    names = {"method": "em", "title": "EM"}
    made = [save(tmp_path / "runs", 0.6, id=f"em{seed}", seed=seed, **names) for seed in (0, 1)]
    made += [save(tmp_path / "runs", 0.5, id=f"twin{seed}", seed=seed, twin=True, **names) for seed in (2, 3)]
    made += [save(tmp_path / "runs", 0.5, id=f"sup{seed}", seed=seed) for seed in (0, 1)]
    (one,) = group(made)
    place = {line.label: number for number, line in enumerate(one.lines)}
    gains, twin = Gains(find(one)), place["EM, twin without unlabelled terms"]
    assert gains.over(place["EM"], twin).part == "no seed in common"
    assert gains.over(twin, place["Supervised"]).part == "no seed in common"
    assert gains.over(place["EM"], place["Supervised"]).part == ""
    assert read_page(build_page(made, tmp_path / "page", "T")).count("no seed in common") == 2
