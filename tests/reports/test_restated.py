"""The page's section on what other papers' scripts would have said of the same predictions."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from benchmark.metrics.conventions import CONVENTIONS
from reports.page import build_page
from reports.restated import definitions, restated
from reports.summary import group
from results.store import LoadedRecord
from tests.reports.pages import read_page
from tests.results.made import save, with_table

INF, NAN = float("inf"), float("nan")


def conventions(loaded: LoadedRecord, **asd: float) -> LoadedRecord:
    """Save a run again with a table of two cases and structures with ASD 1 under every convention but the named."""
    rows = [
        {"convention": name, "case": case, "patient": case, "structure": structure, "dice": 0.5, "jaccard": 0.4,
         "hd95": NAN if case == "c0" else 4.0, "asd": asd.get(name, 1.0), "unit": "voxel", "missed": False,
         "false_alarm": False}
        for name in CONVENTIONS for case in ("c0", "c1") for structure in ("RV", "LV")
    ]  # fmt: skip
    return with_table(loaded, conventions=pd.DataFrame(rows))


def lines(root: Path) -> tuple[LoadedRecord, LoadedRecord, LoadedRecord]:
    one = save(root, id="sup")
    two = save(root, id="mt", method="mean_teacher", title="Mean teacher")
    return one, two, save(root, id="full", labeled=70)


def test_a_rank_that_differs_from_the_default_is_marked_and_a_tie_or_an_infinite_mean_is_not(tmp_path: Path) -> None:
    one, two, full = lines(tmp_path)
    made = [conventions(one, default=1, action=3, monai=INF), conventions(two, default=2, action=2, monai=INF), full]
    found = restated(group(made)[0])
    assert found is not None
    tables = {table.title: table for table in found["tables"]}
    marks = {
        name: [cells[place].moved for _, cells in tables["ASD"].rows] for place, name in enumerate(found["conventions"])
    }
    assert marks["action"] == [True, True]
    assert marks["default"] == marks["monai"] == [False, False]
    assert tables["ASD"].moved and not tables["Dice %"].moved
    assert [cells[0].rank for _, cells in tables["ASD"].rows] == [1, 2]
    assert tables["HD95"].rows[0][1][0].text == "4.00"  # the case that is not counted is left out
    assert found["lacking"] == ["Supervised, all 70 labelled"]


def test_a_line_that_a_convention_leaves_out_moves_no_other(tmp_path: Path) -> None:
    three = [save(tmp_path, id=name, method=name, title=name) for name in ("em", "mt", "cps")]
    ranked = {"em": {"default": 1, "nnunet": NAN}, "mt": {"default": 2}, "cps": {"default": 3, "nnunet": 2}}
    made = [conventions(one, **ranked[one.record.cell.id]) for one in three]
    found = restated(group(made)[0])
    assert found is not None
    (table,) = [each for each in found["tables"] if each.title == "ASD"]
    place = list(CONVENTIONS).index("nnunet")
    told = {line.label: (cells[place].rank, cells[place].moved) for line, cells in table.rows}
    assert told == {"em": (None, False), "mt": (1, False), "cps": (2, False)}


def test_a_line_of_the_network_before_has_no_rank_beside_the_released_one(tmp_path: Path) -> None:
    one, two, _ = lines(tmp_path)
    old = save(tmp_path, id="old", method="em", title="EM", backbone="unet-transposed")
    found = restated(group([conventions(one, default=2), conventions(two, default=3), conventions(old, default=1)])[0])
    assert found is not None
    (table,) = [each for each in found["tables"] if each.title == "ASD"]
    assert {line.label: cells[0].rank for line, cells in table.rows} == {
        "Supervised, unet": 1, "Mean teacher, unet": 2, "EM, unet-transposed": None,
    }  # fmt: skip


def test_the_page_shows_marks_conventions_and_records_without_them(tmp_path: Path) -> None:
    one, two, full = lines(tmp_path / "runs")
    made = [conventions(one, action=3), conventions(two, action=2, monai=INF), full]
    text = read_page(build_page(made, tmp_path, "T"))
    assert "What would another paper&#39;s script have said?" in text or "another paper's script" in text
    assert re.search(r'<td class="moved">3\.00 <span class="sub">2</span>', text)
    assert "the ranking depends on the script" in text and "∞" in text
    assert "their records hold the default only: Supervised, all 70 labelled" in text
    assert all(f"<dt>{name}</dt>" in text for name in CONVENTIONS)


def test_a_page_of_old_records_has_no_such_section(tmp_path: Path) -> None:
    text = read_page(build_page(list(lines(tmp_path / "runs")), tmp_path, "T"))
    assert "another paper" not in text and "<dt>pymic</dt>" not in text


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("default", "1 × diagonal"),
        ("action", "Dice 1, HD95 0, ASD 0"),
        ("dhc", "Dice 0, ASD 128"),
        ("pymic", "HD95 at most 50 mm, ASD at most 20 mm"),
        ("monai", "ASD ∞"),
    ],
)
def test_a_convention_s_text_is_its_data(name: str, words: str) -> None:
    (one,) = (one for one in definitions() if one["name"] == name)
    assert words in " ".join(one.values())
