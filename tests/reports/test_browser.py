"""A real browser reads the page: offline, by mouse and keyboard, narrow and wide, light and dark, without a finding."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from reports.page import build_page
from results.aside import Aside
from tests.reports.browsing import NARROW, WIDE, reading
from tests.results import made as made_up
from tests.results.made import save

NAMES = "[...document.querySelectorAll('#table-1-table tbody tr:not([hidden]) th')].map(one => one.textContent)"


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("runs")
    made = [save(root, 0.5 + seed / 50, id=f"sup-{seed}", seed=seed) for seed in range(3)]
    made += [
        save(root, 0.6, id=f"mt-{seed}", method="mean_teacher", title="Mean teacher", seed=seed) for seed in (0, 1)
    ]
    made.append(save(root, 0.7, id="em", method="em", title="Entropy <b>minimisation</b>"))
    made.append(save(root, 0.9, id="full", labeled=70))
    return build_page(made, root / "page", "A title")


def test_rows_are_sorted_by_mouse_and_keyboard_with_the_ceiling_last(opened: Any) -> None:
    ceiling = "Supervised, all 70 labelled"
    falling = ["Entropy <b>minimisation</b>", "Mean teacher", "Supervised", ceiling]
    assert opened.evaluate(NAMES) == falling
    opened.click("#table-1-table th[data-sort=dice] button")
    assert opened.evaluate(NAMES) == falling
    opened.focus("#table-1-table th[data-sort=dice] button")
    opened.keyboard.press("Enter")
    assert opened.evaluate(NAMES) == [*falling[2::-1], ceiling]
    assert opened.get_attribute("#table-1-table th[data-sort=dice]", "aria-sort") == "ascending"


def test_rows_without_a_value_come_after_those_with_one_whether_values_fall_or_rise(
    browser: Any, tmp_path: Path
) -> None:
    made = [save(tmp_path, 0.5, id="sup"), save(tmp_path, 0.6, id="new", method="fixmatch", title="FixMatch")]
    made.append(save(tmp_path, 0.4, id="mt", method="mean_teacher", title="Mean teacher"))
    with reading(browser, build_page(made, tmp_path / "page", "A title")) as page:
        assert page.evaluate(NAMES)[0] == "FixMatch"  # of which no paper prints a number here
        page.click("#table-1-table th[data-sort=printed] button")
        assert page.get_attribute("#table-1-table th[data-sort=printed]", "aria-sort") == "descending"
        assert page.evaluate(NAMES) == ["Mean teacher", "Supervised", "FixMatch"]
        page.click("#table-1-table th[data-sort=printed] button")
        assert page.evaluate(NAMES) == ["Supervised", "Mean teacher", "FixMatch"]


def test_what_is_chosen_stands_in_the_address_and_comes_back_with_it(opened: Any, page_file: Path) -> None:
    before = opened.text_content("#table-1-table tbody td[data-name=dice]")
    opened.select_option("select[name=rule]", "val_best")
    opened.select_option("select[name=structure]", "LV")
    opened.select_option("select[name=metric]", "jaccard")
    opened.fill("input[name=only]", "teach")
    opened.click("#table-1-table th[data-sort=label] button")
    shown = opened.inner_text("#table-1-table")
    assert opened.evaluate(NAMES) == ["Mean teacher"] and "Jaccard %" in shown and "val_best" in shown
    assert opened.text_content("#table-1-table tbody tr:not([hidden]) td[data-name=dice]") != before
    opened.goto("about:blank")
    opened.goto(page_file.as_uri() + "#~" + sent(opened, page_file))
    assert opened.inner_text("#table-1-table") == shown


def test_a_family_is_chosen_and_stands_in_the_address(opened: Any, page_file: Path) -> None:
    families = opened.locator("select[name=family] option").all_text_contents()
    assert families == ["all", "consistency", "entropy", "supervised"]
    opened.select_option("select[name=family]", "supervised")
    assert opened.evaluate(NAMES) == ["Supervised", "Supervised, all 70 labelled"]
    assert opened.inner_text("[data-hidden=table-1-table]") == "2 of 4 rows are shown."
    opened.goto("about:blank")
    opened.goto(page_file.as_uri() + "#~table-1-table.family=consistency")
    assert opened.evaluate(NAMES) == ["Mean teacher"]
    opened.goto("about:blank")
    opened.goto(page_file.as_uri() + "#~table-1-table.family=nothing&table-1-table.sort=nonsense")
    assert len(opened.evaluate(NAMES)) == 4 and not opened.is_visible("[data-hidden=table-1-table]")


SCRIPT = "<script>alert(1)</script>"
IMAGE = "<img src=x onerror=alert(1)> #50%25\"'"
"""A name that a folder may have, with all that means something in an address or in HTML."""


def test_names_of_everything_are_words_and_no_markup(
    browser: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(made_up, "STRUCTURES", (SCRIPT, "Myo", "LV"))
    cases = made_up.cases
    monkeypatch.setattr(made_up, "cases", lambda *given: cases(*given).assign(patient=lambda t: SCRIPT + t["patient"]))
    words = {"title": SCRIPT, "dataset": SCRIPT, "method": SCRIPT, "paper": SCRIPT, "family": "<b>bold</b>"}
    root = tmp_path / IMAGE
    records = [save(root, 0.5, id=f"{IMAGE}{seed}", seed=seed, overrides={SCRIPT: SCRIPT}, **words) for seed in (0, 1)]
    environment = {"torch": SCRIPT, SCRIPT: SCRIPT}
    more = {"environment": environment, "labeled_patients": (SCRIPT,), "origin": SCRIPT, "commit": SCRIPT}
    records = [replace(one, record=one.record.model_copy(update=more)) for one in records]
    aside = [Aside(SCRIPT, "failed", SCRIPT, root), Aside(IMAGE, "damaged", IMAGE, root)]
    file = build_page(records, tmp_path / "page", SCRIPT, aside=aside)
    page, said = browser.new_page(), list[str]()
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(file.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.title() == SCRIPT and said == []
    assert page.evaluate("document.querySelectorAll('script:not([type]), b, [onerror]').length") == 1  # the page's own
    assert page.evaluate("[...document.images].every(one => one.complete && one.naturalWidth > 0)")
    files = page.evaluate("[...document.querySelectorAll('a')].map(one => one.href)")
    leading = {unquote(link.removeprefix("file://")) for link in files if link.endswith("record.json")}
    assert leading == {str(one.folder / "record.json") for one in records}
    page.reload()
    page.click("#table-1-table tbody th a")
    link = page.locator("#table-1-provenance th a").first
    link.click(timeout=5_000)
    page.locator(f"details[id={json.dumps(records[0].record.cell.id)}] p").first.wait_for(timeout=5_000)
    page.close()


def sent(page: Any, page_file: Path) -> str:
    """Return the part of the address that a reader would send."""
    page.go_back()
    return str(page.url).removeprefix(page_file.as_uri() + "#~")


def test_a_link_opens_the_section_and_the_record_that_it_leads_to(opened: Any) -> None:
    assert not opened.is_visible("#em p") and not opened.is_visible("#table-1-of-em")
    opened.click("#table-1-row-em td[data-name=dice] a")
    opened.locator("#table-1-of-em").wait_for(state="visible", timeout=5_000)
    opened.click("#table-1-of-em a[href='#em']")
    opened.locator("#em p").first.wait_for(state="visible", timeout=5_000)
    opened.click("#em a[href='#table-1-of-em']")
    opened.click("#table-1-of-em a[href='#table-1-row-em']")
    box = opened.locator("#table-1-row-em").bounding_box()
    assert -1 <= box["y"] < WIDE["height"]
    assert not opened.is_visible("#table-1-comparison p")
    opened.click("details.contents summary")
    opened.click("a[href='#table-1-comparison']")
    opened.locator("#table-1-comparison p").first.wait_for(state="visible", timeout=5_000)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_everything_fits_with_seeds_and_minutes_in_sight(opened: Any, size: dict[str, int]) -> None:
    opened.set_viewport_size(size)
    assert opened.evaluate("document.documentElement.scrollWidth") == size["width"]
    for label in ("Seeds", "Minutes"):
        box = opened.locator(f"#table-1-table tbody td[data-label={label}]").first.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= size["width"]
    opened.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert opened.evaluate("document.documentElement.scrollWidth") == size["width"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_drawings_are_written_in_the_colour_of_the_page_and_never_smaller(opened: Any, scheme: str) -> None:
    opened.emulate_media(color_scheme=scheme)
    opened.set_viewport_size(NARROW)
    opened.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    of_page = opened.evaluate("getComputedStyle(document.body).color")
    assert of_page == {"light": "rgb(27, 36, 48)", "dark": "rgb(230, 233, 238)"}[scheme]
    words = "[...document.querySelectorAll('figure svg text')].map(one => getComputedStyle(one).fill)"
    fills = opened.evaluate(words)
    assert len(fills) > 50 and set(fills) == {of_page}
    sizes = opened.evaluate(
        "[...document.querySelectorAll('figure svg')].filter(one => one.getClientRects().length)"
        ".map(one => (one.getBoundingClientRect().width / one.width.baseVal.value).toFixed(3))"
    )
    assert len(sizes) > 5 and set(sizes) == {"1.000"}  # never drawn smaller than its letters can be read


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_nothing_serious_even_where_all_is_open(opened: Any, size: dict[str, int], scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="the extra `browser` is not installed")
    opened.set_viewport_size(size)
    opened.emulate_media(color_scheme=scheme)
    opened.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = axe.Axe().run(opened).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")] == []
