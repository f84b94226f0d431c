"""Where papers print other numbers of one method on the same labels, each stands with its source."""

from __future__ import annotations

import re
from pathlib import Path

from reports.page import build_page
from reports.published import conflicts
from tests.reports.pages import read_page
from tests.results.made import save


def row(method: str, dice: float | None, source: str) -> dict[str, object]:
    return {"method": method, "dice": dice, "source": source}


def test_each_number_is_told_once_with_all_of_its_sources_lowest_first() -> None:
    rows = [row("A", 88.9, "one"), row("A", 84.38, "two"), row("A", 88.91, "three"), row("B", 80.0, "one")]
    assert conflicts(rows) == ["Print disagrees on A: 84.4 in two; 88.9 in one, three."]
    assert conflicts([row("B", 80.0, "one"), row("B", None, "two"), row("B", 80.04, "three")]) == []
    assert conflicts([row("MC-Net", 62.8, "one"), row("MC-Net", 62.85, "two")]) == []  # in one digit and in two


def test_unimatch_at_three_labelled_is_printed_at_three_numbers(tmp_path: Path) -> None:
    text = read_page(build_page([save(tmp_path, id="u", method="unimatch", title="UniMatch")], tmp_path / "page", "T"))
    assert "Print disagrees on UniMatch: 84.4 in OPMatch, read-me; 87.6 in " in text
    assert "88.9 in UniMatch, read-me @79eaf43." in text
    assert re.search(r'<td data-label="In print"[^>]*>84\.4–88\.9</td>', text)
    assert "nnU-Net supervised" in text and "83.0" in text.replace("82.96", "83.0")
