"""What a reader chooses of a table holds for all that the row says, or a dash says that it is not known of that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reports.page import build_page
from tests.reports.browsing import reading
from tests.reports.explored import explored
from tests.results.made import save

FIXED = ("Group", "Gain over twin", "In print", "Patients")
CELLS = """names => names.map(name => {
  const cell = document.querySelector(`#table-1-row-mt td[data-label="${name}"]`);
  return cell.innerText.replace(/cases\\s+of Mean teacher/, "").trim();
})"""
CHOICES = "form[data-table=table-1-table] select"


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("runs")
    made = [save(root, 0.5, id="sup")]
    made.append(save(root, 0.6, id="mt", method="mean_teacher", title="Mean teacher"))
    made.append(save(root, 0.55, id="twin", method="mean_teacher", title="Mean teacher", twin=True))
    return build_page(made, root / "page", "A title")


def heads(page: Any) -> list[str]:
    names = "[...document.querySelectorAll('#table-1-table thead th')].map(one => one.innerText)"
    return [str(name).strip(" ↕↑↓") for name in page.evaluate(names)]


def test_of_other_weights_or_a_structure_what_is_not_known_is_a_dash(opened: Any) -> None:
    usual = opened.evaluate(CELLS, FIXED)
    assert usual[0] == "one seed" and usual[1].startswith("+") and usual[2] == "58.3"
    assert opened.locator("#table-1-row-mt svg.patients").count() == 1
    assert not opened.is_visible("#table-1-table [data-name=dashes]")
    opened.select_option(f"{CHOICES}[name=rule]", "val_best")
    assert opened.evaluate(CELLS, FIXED) == ["–", "–", "58.3", "–"]
    assert opened.locator("#table-1-row-mt svg.patients").count() == 0
    assert opened.is_visible("#table-1-table [data-name=dashes]")
    opened.select_option(f"{CHOICES}[name=structure]", "Myo")
    assert opened.evaluate(CELLS, FIXED) == ["–"] * 4
    told = opened.get_attribute("#table-1-row-mt td[data-label='Gain over twin']", "title")
    assert told == "By Dice of the average, last weights"
    opened.select_option(f"{CHOICES}[name=rule]", "last")
    opened.select_option(f"{CHOICES}[name=structure]", "avg")
    assert opened.evaluate(CELLS, FIXED) == usual and opened.locator("#table-1-row-mt svg.patients").count() == 1


def test_an_empty_cell_stays_empty_whatever_is_chosen(opened: Any) -> None:
    opened.select_option(f"{CHOICES}[name=structure]", "Myo")
    assert opened.inner_text("#table-1-row-sup td[data-label='Gain over twin']") == ""


def test_headings_and_caption_name_the_structure_that_is_shown(opened: Any) -> None:
    assert {"Dice %", "HD95"} <= set(heads(opened))
    assert "Structure: average." in opened.inner_text("#table-1-table caption")
    opened.select_option(f"{CHOICES}[name=structure]", "Myo")
    assert {"Dice %, Myo", "HD95, Myo"} <= set(heads(opened))
    assert "Structure: Myo." in opened.inner_text("#table-1-table caption")
    assert opened.get_attribute("#table-1-row-mt td[data-name=dice]", "data-label") == "Dice %, Myo"


def test_rows_are_not_sorted_by_numbers_in_print_that_are_not_of_the_structure(opened: Any) -> None:
    names = "[...document.querySelectorAll('#table-1-table tbody tr')].map(one => one.id.split('-').pop())"
    by_dice = opened.evaluate(names)
    opened.click("#table-1-table th[data-sort=printed] button")
    opened.click("#table-1-table th[data-sort=printed] button")
    assert opened.evaluate(names)[0] == "sup" != by_dice[0]
    opened.select_option(f"{CHOICES}[name=structure]", "Myo")
    assert opened.evaluate(names) == by_dice


def test_cases_are_listed_by_the_structure_of_the_table_and_name_their_weights(opened: Any) -> None:
    opened.select_option(f"{CHOICES}[name=rule]", "val_best")
    opened.select_option(f"{CHOICES}[name=structure]", "Myo")
    opened.click("#table-1-row-mt a[data-explore]")
    assert opened.input_value("#table-1-cases select[name=structure]") == "Myo"
    assert "Weights of all numbers: last." in opened.inner_text("#table-1-explorer")
    opened.select_option(f"{CHOICES}[name=structure]", "avg")
    opened.click("#table-1-row-mt a[data-explore]")
    assert opened.input_value("#table-1-cases select[name=structure]") == ""


def test_contours_name_their_weights_too_and_without_scripts_as_well(browser: Any, tmp_path: Path) -> None:
    page_file = build_page([explored(tmp_path, 1, id="sup")], tmp_path / "page", "A title")
    with reading(browser, page_file, java_script_enabled=False) as page:
        page.click("#table-1-explorer summary")
        assert "Weights of all numbers and contours: last." in page.inner_text("#table-1-explorer")
