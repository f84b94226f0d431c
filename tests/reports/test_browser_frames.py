"""Drawings where the page is narrow, in a real browser: their tiles go below each other, or they were drawn anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reports.page import build_page
from tests.reports.browsing import NARROW, reading
from tests.results.made import save

OPEN = "document.querySelectorAll('details.section').forEach(one => { one.open = true })"
WIDER = """[...document.querySelectorAll('figure .scroll')].filter(one => one.clientWidth)
  .map(one => one.scrollWidth - one.clientWidth)"""
SMALLEST = """Math.min(...[...document.querySelectorAll('figure text')].filter(one => one.getClientRects().length)
  .map(one => parseFloat(getComputedStyle(one).fontSize) * Math.hypot(one.getScreenCTM().c, one.getScreenCTM().d)))"""
TITLES = ("Supervised", "Mean teacher", "CPS", "Entropy minimisation", "UniMatch", "FixMatch", "Uncertainty-aware MT")


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("runs")
    made = [
        save(root, 0.5 + place / 50, id=f"{place}-{count}-{seed}", method=title.lower(), title=title, **which)
        for place, title in enumerate(TITLES)
        for count in (3, 7)
        for seed in (0, 1)
        for which in [{"labeled": count, "seed": seed}]
    ]
    return build_page(made, root / "page", "A title")


def opened_at(page: Any, size: dict[str, int]) -> None:
    page.set_viewport_size(size)
    page.evaluate(OPEN)
    page.wait_for_timeout(300)


def test_no_drawing_scrolls_at_400_px_and_letters_keep_their_size(opened: Any) -> None:
    opened_at(opened, NARROW)
    found = opened.evaluate(WIDER)
    assert len(found) > 5 and max(found) <= 0
    assert round(opened.evaluate(SMALLEST), 1) >= 11


def test_tiles_go_back_beside_each_other_where_there_is_room(opened: Any) -> None:
    tiles = "[...document.querySelectorAll('#label_efficiency svg [data-tile]')]"
    lefts = f"new Set({tiles}.map(one => Math.round(one.getBoundingClientRect().left / 100))).size"
    opened_at(opened, NARROW)
    narrow = opened.evaluate(lefts)
    assert opened.evaluate(f"{tiles}.some(one => one.hasAttribute('transform'))")
    opened_at(opened, {"width": 1400, "height": 900})
    assert opened.evaluate(lefts) > narrow
    assert not opened.evaluate(f"{tiles}.some(one => one.hasAttribute('transform'))")
    full, box = (
        opened.evaluate(f"document.querySelector('#label_efficiency svg').{one}")
        for one in ("dataset.full", "getAttribute('viewBox')")
    )
    assert full == box


def test_a_table_that_is_wider_than_the_page_says_so(opened: Any) -> None:
    opened_at(opened, NARROW)
    hint = "getComputedStyle(document.querySelector('#table-1-all_scores .scroll'), '::before').content"
    assert "scrolls sideways" in opened.evaluate(hint)


def test_without_scripts_a_narrow_page_shows_what_was_drawn_for_it(browser: Any, page_file: Path) -> None:
    with reading(browser, page_file, viewport=NARROW, java_script_enabled=False) as page:
        page.click("#table-1-structures summary")
        shown = page.locator("#table-1-structures svg:visible")
        assert shown.count() == 1 and shown.bounding_box()["width"] <= 344
