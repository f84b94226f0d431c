"""Choosing a row's seed in the case explorer, in a real browser: by mouse, by keyboard, and by a sent address."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reports.page import build_page
from results.store import LoadedRecord
from tests.reports.browsing import reading
from tests.reports.explored import explored
from tests.results.made import save

VOLUMES = "[...document.querySelectorAll('.explorer .numbers tbody tr')].map(one => one.cells[3].innerText)"


def made(root: Path) -> list[LoadedRecord]:
    """Save three seeds of supervised training, each moved by another step, and one of another method."""
    runs = [explored(root, seed + 1, id=f"s{seed}", seed=seed) for seed in (0, 1, 2)]
    return [*runs, explored(root, 4, id="mt", method="mean_teacher", title="Mean teacher", seed=1)]


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("runs")
    return build_page(made(root), root / "page", "A title")


def told(page: Any, words: str) -> None:
    page.locator("#table-1-cases .legend", has_text=words).wait_for(timeout=10_000)


def open_first(page: Any) -> None:
    page.locator("#table-1-table a[data-explore]").first.click()
    told(page, "A: Supervised, seed 0")


def test_the_mouse_chooses_a_seed_whose_numbers_and_contours_are_shown(opened: Any) -> None:
    open_first(opened)
    assert opened.evaluate(VOLUMES)[0] == "+1.0"
    before = opened.locator("#table-1-cases .slice path.a").first.get_attribute("d")
    opened.select_option("select[name=a_run]", "seed 2")
    told(opened, "A: Supervised, seed 2")
    opened.wait_for_function(f"({VOLUMES})[0] === '+3.0'")
    assert opened.locator("#table-1-cases .slice path.a").first.get_attribute("d") != before
    assert opened.evaluate(VOLUMES)[1] == "+4.0"  # the other method stays


def test_the_keyboard_chooses_a_seed(opened: Any) -> None:
    open_first(opened)
    opened.focus("select[name=a_run]")
    opened.keyboard.press("ArrowDown")
    told(opened, "A: Supervised, seed 1")
    assert opened.locator("#table-1-cases .told", has_text="case2").count() == 1  # a select's arrows choose no case
    label = "document.querySelector('select[name=a_run]').labels[0].innerText"
    assert opened.evaluate(label).startswith("Run of A")


def test_a_seed_that_is_not_the_usual_one_stands_in_the_address(browser: Any, page_file: Path) -> None:
    with reading(browser, page_file) as page:
        open_first(page)
        page.wait_for_function("location.hash.includes('case=')")
        assert "_run=" not in page.url
        page.select_option("select[name=a_run]", "seed 1")
        page.wait_for_function("location.hash.includes('a_run=seed+1')")
        address = page.url
    with reading(browser, page_file, "#" + address.partition("#")[2]) as page:
        told(page, "A: Supervised, seed 1")
        assert page.evaluate(VOLUMES)[0] == "+2.0"


def test_another_method_keeps_the_seed_where_it_has_it_and_a_link_takes_the_usual_one(opened: Any) -> None:
    open_first(opened)
    opened.select_option("select[name=b]", "s0")
    opened.select_option("select[name=b_run]", "seed 1")
    told(opened, "B: Supervised, seed 1")
    opened.select_option("select[name=b]", "mt")
    told(opened, "B: Mean teacher, seed 1")
    opened.select_option("select[name=b]", "")
    assert not opened.is_visible("select[name=b_run]")
    opened.select_option("select[name=a_run]", "seed 2")
    told(opened, "A: Supervised, seed 2")
    open_first(opened)


def test_without_pictures_the_runs_that_are_shown_are_named(browser: Any, tmp_path: Path) -> None:
    runs = [save(tmp_path, 0.5 + seed / 10, id=f"s{seed}", seed=seed) for seed in (0, 1)]
    with reading(browser, build_page(runs, tmp_path / "page", "T")) as page:
        page.click("#table-1-explorer summary")
        page.select_option("select[name=a_run]", "seed 1")
        page.locator(".explorer .runs li", has_text="A: Supervised, seed 1").wait_for(timeout=10_000)
