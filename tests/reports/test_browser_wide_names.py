"""Names of one long word are broken, so that no page scrolls sideways: of methods, data, cases and structures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reports.page import build_page
from tests.reports import explored as made_up
from tests.reports.browsing import NARROW, WIDE, reading
from tests.reports.explored import explored
from tests.results import made as recorded

STRUCTURES = ("Right" * 8, "Myocard" * 6, "LV")


def word(letters: int) -> str:
    return ("Verylongname" * 10)[:letters]


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    root = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patched:
        for module in (made_up, recorded):
            patched.setattr(module, "STRUCTURES", STRUCTURES)
        names = {"dataset": word(48), "names": word(60) + "{}"}
        made = [explored(root, 1, id="sup", title=word(80), **names)]
        made.append(explored(root, 2, id="mt", method="mean_teacher", title=word(42), family=word(60), **names))
        yield build_page(made, root / "page", word(90))


@pytest.mark.parametrize("structure", ["avg", STRUCTURES[0]])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_page_of_long_names_scrolls_nowhere_sideways(
    browser: Any, page_file: Path, size: dict[str, int], structure: str
) -> None:
    mark = f"#~table-1-table.structure={structure}&table-1-cases.case={word(60)}0"
    with reading(browser, page_file, mark, viewport=size) as page:
        page.locator("#table-1-cases .told", has_text="slice").wait_for(timeout=10_000)
        assert page.evaluate("document.documentElement.scrollWidth") == size["width"]
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") == size["width"]
        box = page.locator("#table-1-cases .slice").bounding_box()
        assert box["x"] + box["width"] <= size["width"]
