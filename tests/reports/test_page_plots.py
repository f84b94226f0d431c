"""All drawings of a page can be listed by name, each a whole SVG document that takes on a page's colour of text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree import ElementTree

import pytest

from reports import page
from tests.reports.test_once import several


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Mapping[str, str]]:
    """Return a page's HTML and its drawings."""
    root = tmp_path_factory.mktemp("runs")
    rendered: dict[str, object] = {}
    with pytest.MonkeyPatch.context() as patch:
        original = page._group_view
        patch.setattr(page, "_group_view", lambda scene: rendered.setdefault(scene.anchor, original(scene)))
        html = page.build_page(several(root), root / "page", "T").read_text(encoding="utf-8")
    overview = re.findall(r"<svg xmlns.*?</svg>", html.split('id="table-1"')[0], re.DOTALL)
    assert len(overview) == 1
    return html, page.plots_of([], list(rendered.values()))  # type: ignore[arg-type]


def test_each_drawing_of_the_page_is_in_the_list_under_a_name_of_its_own(built: tuple[str, Mapping[str, str]]) -> None:
    html, plots = built
    shown = re.findall(r"<svg xmlns.*?</svg>", html.split('id="table-1"')[1], re.DOTALL)
    assert shown == list(plots.values()) and len(plots) == 30
    assert all(re.fullmatch(r"[\w.-]+", name) for name in plots)
    assert {"table-1-ranks", "table-1-structures", "table-2-cost", "table-2-selection_gap"} < plots.keys()


def test_each_stands_alone_has_a_title_and_writes_in_the_colour_of_its_page(
    built: tuple[str, Mapping[str, str]],
) -> None:
    for name, source in built[1].items():
        root = ElementTree.fromstring(source)
        assert root.attrib["role"] == "img" and root.attrib["fill"] == "currentColor", name
        assert (root[0].tag, bool(root[0].text)) == ("{http://www.w3.org/2000/svg}title", True), name
        marked = [one for one in root.iter() if one.attrib.get("stroke", "") in ("#000000", "#1b2430", "#ffffff")]
        assert marked == [], name
