"""The address is what a page shows: links carry it along, and one that is pasted is shown as in a new page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reports.page import build_page
from tests.reports.browsing import reading
from tests.reports.explored import explored

NAMES = "[...document.querySelectorAll('#table-1-table tbody tr:not([hidden]) th')].map(one => one.textContent)"
LISTED = "[...document.querySelectorAll('#table-1-cases .list tbody tr')].map(one => one.innerText)"
SLOW_FIRST = """() => {
  const unpacked = masks.unpacked;
  let calls = 0;
  masks.unpacked = async (text) => {
    if (calls++ < 3) await new Promise((done) => setTimeout(done, 300));
    return unpacked(text);
  };
  const field = document.querySelector("#table-1-cases select[name=a]");
  for (const value of ["mt", "em"]) {
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}"""


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("runs")
    made = [explored(root, 1, id="sup"), explored(root, 3, id="mt", method="mean_teacher", title="Mean teacher")]
    made += [explored(root, 2, id="em", method="em", title="Entropy")]
    return build_page(made, root / "page", "A title")


def explored_row(page: Any, row: str) -> list[str]:
    """Look at the cases of a row, and return the list of cases once the address holds them."""
    page.click(f"#table-1-row-{row} a[data-explore]")
    page.wait_for_function("location.hash.includes('table-1-cases.case=')")
    return list(page.evaluate(LISTED))


def mark_of(page: Any) -> str:
    return str(page.url).partition("#")[2]


def paste(page: Any, mark: str) -> None:
    """Put another address into the open page, and wait until it was read."""
    page.evaluate("addEventListener('hashchange', () => setTimeout(() => { window.wasRead = true; }), { once: true })")
    page.evaluate("mark => { location.hash = mark; }", mark)
    page.wait_for_function("window.wasRead")
    page.evaluate("delete window.wasRead")


def test_a_link_within_the_page_leaves_the_explorer_with_the_method_whose_cases_it_lists(opened: Any) -> None:
    listed = explored_row(opened, "mt")
    opened.click("#table-1-row-sup td[data-name=dice] a")
    opened.locator("#table-1-of-sup").wait_for(state="visible", timeout=5_000)
    assert opened.input_value("#table-1-cases select[name=a]") == "mt" and opened.evaluate(LISTED) == listed
    opened.focus("#table-1-cases .view")
    opened.keyboard.press("ArrowDown")
    opened.locator("#table-1-cases .told", has_text="case1").wait_for(timeout=5_000)
    dice = opened.locator("#table-1-cases .numbers tbody tr", has_text="all").first.locator("td").nth(1)
    assert listed[1].split()[1] == dice.inner_text().strip()


def test_contours_are_of_the_method_that_was_asked_for_last(opened: Any) -> None:
    explored_row(opened, "sup")
    opened.evaluate(SLOW_FIRST)
    opened.wait_for_function("location.hash.includes('table-1-cases.a=em')")
    seen = "document.querySelector('#table-1-cases .slice path.a').getAttribute('d')"
    shown = opened.evaluate(seen)
    opened.wait_for_timeout(500)
    assert opened.evaluate(seen) == shown and "A: Entropy" in opened.inner_text("#table-1-cases .legend")


def test_what_was_chosen_before_a_link_stands_beside_what_is_chosen_after_it(opened: Any) -> None:
    opened.click("#table-1-table th[data-sort=seeds] button")
    opened.click("#table-1-row-mt td[data-name=dice] a")
    opened.locator("#table-1-of-mt").wait_for(state="visible", timeout=5_000)
    assert mark_of(opened) == "~table-1-table.sort=-seeds&at=table-1-of-mt"
    opened.select_option("form[data-table=table-1-table] select[name=structure]", "Myo")
    assert mark_of(opened) == "~table-1-table.sort=-seeds&table-1-table.structure=Myo"


def test_an_address_with_a_link_in_it_opens_what_the_link_opened(browser: Any, page_file: Path) -> None:
    with reading(browser, page_file, "#~table-1-table.sort=label&at=table-1-of-em") as page:
        page.locator("#table-1-of-em").wait_for(state="visible", timeout=5_000)
        assert page.evaluate(NAMES) == ["Entropy", "Mean teacher", "Supervised"]
        assert page.locator("#table-1-of-em").evaluate("one => one.getBoundingClientRect().top < innerHeight")


def test_back_undoes_a_link_and_not_what_was_chosen_before_it(opened: Any) -> None:
    opened.fill("input[name=only]", "teach")
    opened.click("#table-1-row-mt td[data-name=dice] a")
    opened.locator("#table-1-of-mt").wait_for(state="visible", timeout=5_000)
    opened.go_back()
    assert mark_of(opened) == "~table-1-table.only=teach" and opened.evaluate(NAMES) == ["Mean teacher"]


def test_an_address_pasted_into_an_open_page_shows_what_it_shows_in_a_new_one(browser: Any, page_file: Path) -> None:
    with reading(browser, page_file) as page:
        page.click("#table-1-table th[data-sort=label] button")
        page.select_option("form[data-table=table-1-table] select[name=structure]", "LV")
        explored_row(page, "em")
        mark, table, cases = mark_of(page), page.inner_text("#table-1-table"), page.inner_text("#table-1-cases")
    with reading(browser, page_file) as page:
        fresh = page.inner_text("#table-1-table")
        explored_row(page, "mt")
        page.fill("input[name=only]", "teach")
        paste(page, mark)
        page.wait_for_function("words => document.querySelector('#table-1-cases').innerText === words", arg=cases)
        assert page.inner_text("#table-1-table") == table
        paste(page, "")
        assert page.inner_text("#table-1-table") == fresh and not page.is_visible("#table-1-cases")
        page.click("#table-1-explorer summary")
        page.locator("#table-1-cases .told", has_text="case2").wait_for(timeout=5_000)
        assert page.input_value("#table-1-cases select[name=a]") == "sup"
