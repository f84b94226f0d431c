"""Templates can be read: one element a line, no long lines, none that no page uses."""

import re
from pathlib import Path

import pytest

from reports.page import OVERVIEWS, SECTIONS, TEMPLATES
from tests.reports.pages import BLOCKS

FILES = sorted(TEMPLATES.iterdir())
SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in FILES)
MACROS = "|".join(re.findall(r"{% macro (\w+)", SOURCE))
MARK = re.compile(rf"</?(?:{BLOCKS})\b|(?<!macro )\b(?:{MACROS})\(")
"""Where an element begins or ends, or a macro makes one."""


def crowded(line: str) -> bool:
    """Return whether a line holds more than one mark, but for the end of the element that it began."""
    marks = MARK.findall(line.lower())
    return len(marks) > 1 and marks[1:] != [f"</{marks[0][1:]}"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_line_of_a_template_is_long_or_crowded(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if len(line) > 120] == []
    assert [line for line in lines if crowded(line)] == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("<td>1</td>", False),
        ("{{ cell(1) }}", False),
        ('<p>of <em>one</em> kind, <a href="#a">here</a></p>', False),
        ("{% macro cell(text) %}", False),
        ("<td>1</td><td>2</td>", True),
        ("<TR><td>1</td>", True),
        ("{{ cell(1) }}{{ cell(2) }}", True),
        ("<tr>{{ cell(1) }}", True),
        ("{{ cell(1) }}</tr>", True),
        ("</td></tr>", True),
        ("</tr><tr>", True),
        ("{% call table() %}<thead>", True),
    ],
)
def test_a_second_element_crowds_a_line_however_it_is_written(line: str, found: bool) -> None:
    assert crowded(line) == found


def test_every_template_is_part_of_the_page_or_a_section_or_another_file() -> None:
    used = re.findall(r'{% (?:include|from) "([^"]+)"', SOURCE)
    sections = {f"{section.name}.html" for section in (*SECTIONS, *OVERVIEWS)}
    assert {path.name for path in FILES} == {"page.html", "site.html", "model-card.md", *sections, *used}
