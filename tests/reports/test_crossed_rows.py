"""Rows of crossed seeds: counted as runs, with no interval, and with a word of what their deviation is over."""

from __future__ import annotations

from pathlib import Path

from reports.findings import find
from reports.page import build_page
from reports.paired import over_twins
from reports.printed_table import printed_table
from reports.section import Scene
from reports.summary import group
from tests.reports.pages import read_page
from tests.reports.test_variance import crossed
from tests.results.made import save

TOLD = "so ± is over the runs and no deviation over seeds, they have no interval, and no other row is compared with"


def test_crossed_runs_are_counted_as_runs_wherever_seeds_are(tmp_path: Path) -> None:
    made = crossed(tmp_path / "runs")
    html = read_page(build_page(made, tmp_path / "page", "T"))
    assert f">{len(made)} runs</a>" in html and f"<td>{len(made)} runs</td>" in html
    assert TOLD in html and "Of crossed seeds ± is over runs" in html
    assert f"{len(made)} runs, 3 initialisations, 2 data orders" in html
    (one,) = group(made)
    assert list(printed_table(find(one), "last")["Seeds"]) == [f"{len(made)} runs"]


def test_seeds_that_are_not_crossed_are_counted_as_before_and_nothing_is_said(tmp_path: Path) -> None:
    made = [save(tmp_path, 0.5, id=f"s{seed}", seed=seed) for seed in (0, 1)]
    html = read_page(build_page(made, tmp_path / "page", "T"))
    assert "crossed" not in html.split("<script")[0] and ">2</a>" in html
    (one,) = group(made[:1])
    assert one.lines[0].seeds_told == "1 seed" and list(printed_table(find(one), "last")["Seeds"]) == ["1"]


def test_a_crossed_method_over_its_twin_has_no_interval(tmp_path: Path) -> None:
    made = [
        save(tmp_path, 0.5 + 0.02 * init + 0.1 * twin, id=f"{init}-{data}-{twin}", init_seed=init, data_seed=data,
             method="em", title="EM", twin=twin)
        for init in range(2) for data in range(2) for twin in (True, False)
    ]  # fmt: skip
    (one,) = group(made)
    (found,) = over_twins(Scene(find(one), {}, "table-1"))
    assert (found.low, found.high) == (None, None)
