"""The case explorer in a real browser: from the table to a patient's slices, by mouse and keyboard, offline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyarrow.parquet import read_table

from reports.page import build_page
from tests.reports.browsing import NARROW, WIDE, reading
from tests.reports.explored import explored, heart
from tests.results.made import with_table

CASES = "[...document.querySelectorAll('.explorer .list button')].map(one => one.textContent)"
NUMBERS = (
    "[...document.querySelectorAll('.explorer .numbers tbody tr')].map(one => [...one.cells].map(c => c.innerText))"
)
AREA = """async ([id, line, slice, label]) => {
  const text = document.querySelector(`script[data-masks="${id}"]`).textContent.split("\\n")[line];
  const lines = masks.outline(await masks.unpacked(text), slice, label);
  const area = (points) => points.reduce((sum, [x, y], k) => {
    const [toX, toY] = points[(k + 1) % points.length];
    return sum + (x * toY - toX * y) / 2;
  }, 0);
  return [lines.length, lines.reduce((sum, line) => sum + area(line), 0)];
}"""


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("runs")
    made = [explored(root, 1, id="sup"), explored(root, 3, id="mt", method="mean_teacher", title="Mean teacher")]
    made += [explored(root, 2, id="em", method="em", title="Entropy </script><b>minimisation</b>")]
    made += [explored(root, 2, id="seven", labeled=7)]
    return build_page(made, root / "page", "A title")


def told(page: Any, words: str) -> None:
    """Wait for what the explorer of the first table says of its picture, or fail."""
    page.locator("#table-1-cases .told", has_text=words).wait_for(timeout=10_000)


def explore(page: Any, row: int) -> None:
    page.locator("#table-1-table a[data-explore]").nth(row).click()
    told(page, "slice")


def test_nothing_is_decoded_before_a_row_is_asked_for(opened: Any) -> None:
    assert opened.locator(".explorer image").count() == 0 and opened.locator(".explorer tbody tr").count() == 0
    explore(opened, 1)
    assert opened.locator("#table-1-cases image").count() == 1 + 4  # the slice, and the case's four small
    assert opened.locator("#table-2-cases image").count() == 0


def test_a_row_leads_to_its_cases_worst_first_with_their_numbers(opened: Any) -> None:
    explore(opened, 2)
    assert opened.input_value("#table-1-cases select[name=a]") == "mt"
    assert opened.evaluate(CASES) == ["case2", "case1", "case0"]
    told(opened, "case2 of patient p1")
    rows = opened.evaluate(NUMBERS)
    assert [row[:2] for row in rows] == [[one, kind] for one in ("RV", "Myo", "LV", "all") for kind in "AB"]
    reference = heart(2, 4, 48)[1]
    ours, theirs = np.roll(reference, 5, 1) == 1, reference == 1
    dice = 2 * (ours & theirs).sum() / (ours.sum() + theirs.sum())
    assert float(rows[0][2]) == pytest.approx(100 * dice, abs=0.06)
    assert rows[0][3] == "+3.0" and rows[1][3] == "+2.0" and rows[6][3] == "3.0"
    assert float(rows[0][4]) == pytest.approx(40 * (1 - dice), abs=0.06)


@pytest.mark.parametrize("off", [-0.04, 0.04])
def test_a_volume_that_is_off_by_less_than_is_printed_has_no_sign(browser: Any, tmp_path: Path, off: float) -> None:
    loaded = explored(tmp_path / "runs", 1)
    volumes = read_table(loaded.folder / "volumes.parquet").to_pandas()
    loaded = with_table(loaded, volumes=volumes.assign(predicted=volumes["reference"] + off))
    with reading(browser, build_page([loaded], tmp_path / "page", "T")) as page:
        page.locator("#table-1-table a[data-explore]").first.click()
        page.locator("#table-1-cases .numbers tbody tr").first.wait_for(timeout=10_000)
        assert {row[3] for row in page.evaluate(NUMBERS)} == {"0.0"}


def test_contours_are_the_masks_pixel_by_pixel(opened: Any) -> None:
    reference = np.roll(heart(0, 4, 48)[1], 3, 1)
    for label in (1, 2, 3):
        count, area = opened.evaluate(AREA, ["mt", 0, 1, label])
        assert area == (reference[1] == label).sum() and count == (2 if label == 2 else 1)  # a ring has two lines
    assert opened.evaluate(AREA, ["mt", 0, 0, 1]) == [0, 0]


def test_arrow_keys_go_to_other_cases_and_slices(opened: Any) -> None:
    explore(opened, 0)
    worst = opened.locator("#table-1-cases .slices [aria-current]").get_attribute("aria-label")
    assert worst in ("Slice 2", "Slice 3")
    opened.keyboard.press("ArrowDown")  # the picture has the focus
    told(opened, "case1")
    opened.keyboard.press("ArrowDown")
    opened.keyboard.press("ArrowDown")  # there is no further one
    told(opened, "case0")
    opened.keyboard.press("ArrowUp")
    told(opened, "case1 of patient p0, slice 2 of 4 (2 of 3, worst first)")
    opened.keyboard.press("ArrowRight")
    told(opened, "slice 3 of 4")
    for _ in range(5):
        opened.keyboard.press("ArrowLeft")
    told(opened, "slice 1 of 4")
    opened.locator("#table-1-cases .list button").first.focus()
    opened.keyboard.press("ArrowDown")
    told(opened, "case0")
    assert opened.evaluate("document.activeElement.textContent") == "case0"
    assert opened.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_the_mouse_chooses_case_slice_contours_and_structure(opened: Any) -> None:
    explore(opened, 0)
    opened.click("#table-1-cases .list button:has-text('case0')")
    told(opened, "case0")
    opened.click("#table-1-cases .slices button[aria-label='Slice 4']")
    told(opened, "slice 4 of 4")
    paths = "[...document.querySelectorAll('#table-1-cases .slice path')].map(one => one.getAttribute('class'))"
    assert opened.evaluate(paths) == ["reference", "a", "b"] * 3
    opened.uncheck("#table-1-cases input[name=b]")
    assert opened.evaluate(paths) == ["reference", "a"] * 3
    opened.select_option("#table-1-cases select[name=structure]", "LV")
    told(opened, "slice 4 of 4")
    opened.wait_for_function(f"({paths}).length === 2")
    assert opened.locator("#table-1-cases .slice text").all_text_contents() == ["LV"]
    near, whole = (view(opened, check) for check in (False, True))
    assert whole == [0.0, 0.0, 48.0, 48.0] and near[2] < 48


def view(page: Any, whole: bool) -> list[float]:
    page.set_checked("#table-1-cases input[name=whole]", whole)
    return [float(side) for side in page.get_attribute("#table-1-cases .slice", "viewBox").split()]


def test_a_view_is_sent_by_its_address_beside_what_the_table_shows(browser: Any, page_file: Path) -> None:
    with reading(browser, page_file) as page:
        explore(page, 2)
        page.select_option("#table-1-cases select[name=b]", "em")
        page.click("#table-1-cases .list button:has-text('case1')")
        told(page, "case1")
        page.click("#table-1-cases .slices button[aria-label='Slice 3']")
        page.uncheck("#table-1-cases input[name=reference]")
        page.wait_for_function("location.hash.includes('slice=3') && location.hash.includes('turned=reference')")
        page.select_option("form[data-table=table-1-table] select[name=metric]", "asd")
        address, shown = page.url, page.inner_text("#table-1-cases")
    assert "metric=asd" in address and "slice=3" in address
    with reading(browser, page_file, "#" + address.partition("#")[2]) as page:
        told(page, "case1 of patient p0, slice 3 of 4")
        assert page.inner_text("#table-1-cases") == shown and not page.is_checked(
            "#table-1-cases input[name=reference]"
        )
        assert "ASD" in page.inner_text("#table-1-table thead")
        assert page.locator("#table-1-cases").evaluate("one => one.getBoundingClientRect().top < innerHeight")


def test_names_are_text(opened: Any) -> None:
    explore(opened, 1)
    assert "A: Entropy </script><b>minimisation</b>" in opened.inner_text("#table-1-cases .legend")


def test_without_scripts_the_numbers_of_patients_read(browser: Any, page_file: Path) -> None:
    with reading(browser, page_file, java_script_enabled=False) as page:
        page.click("#table-1-explorer summary")
        text = page.inner_text("#table-1-explorer")
        assert "Worst first" in text and text.index("case2") < text.index("case0")
        assert not page.is_visible("#table-1-cases")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_it_fits_and_axe_finds_nothing_serious(opened: Any, size: dict[str, int], scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="the extra `browser` is not installed")
    opened.set_viewport_size(size)
    opened.emulate_media(color_scheme=scheme)
    explore(opened, 1)
    assert opened.evaluate("document.documentElement.scrollWidth") == size["width"]
    box = opened.locator("#table-1-cases .slice").bounding_box()
    assert box["width"] > 0.8 * min(size["width"], 800) and box["x"] + box["width"] <= size["width"]
    found = axe.Axe().run(opened).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")] == []
