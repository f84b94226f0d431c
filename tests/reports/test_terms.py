"""A page's first words name the data that are not for commercial use."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.page import build_page
from results.writing import write_json
from tests.reports.pages import read_page
from tests.results.made import save


def lead(page: Path) -> str:
    return read_page(page).partition('<p class="lead">')[2].partition("</p>")[0].strip()


@pytest.mark.parametrize(
    ("dataset", "stated", "said"),
    [
        ("acdc", None, "ACDC is for non-commercial use only (CC BY-NC-SA 4.0)."),
        ("hearts", "CC BY-NC 4.0", "hearts is for non-commercial use only, as it says itself (CC BY-NC 4.0)."),
        ("hearts", "CC BY-SA 4.0", ""),
        ("hearts", None, ""),
        ("phantom", None, ""),
    ],
)
def test_the_lead_names_data_that_are_not_for_commercial_use(
    dataset: str, stated: str | None, said: str, tmp_path: Path
) -> None:
    records = [save(tmp_path, id=f"s{seed}", seed=seed, dataset=dataset) for seed in range(2)]
    for one in records:
        write_json(one.folder / "cell.json", {"told": {} if stated is None else {"licence": stated}})
    words = lead(build_page(records, tmp_path / "page", "Page"))
    assert words == " ".join(filter(None, [f"Data: {dataset}. 2 runs done.", said]))


def test_each_data_set_is_named_once(tmp_path: Path) -> None:
    cells = [("a", "lits"), ("b", "acdc"), ("c", "acdc-fold1of5")]
    records = [save(tmp_path, id=name, dataset=dataset) for name, dataset in cells]
    words = lead(build_page(records, tmp_path / "page", "Page"))
    assert words.count("ACDC is for non-commercial use only") == 1
    assert words.count("The terms of LiTS were not read here") == 1
