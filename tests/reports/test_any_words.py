"""What users call their methods, patients and protocols stands in every file as words, and as nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import pandas as pd
import pytest

from reports import site
from reports.page import build_page
from reports.svg import Drawing
from results.spreadsheet import guarded
from results.writing import write_json
from tests.results.made import save, with_table


@pytest.mark.parametrize("word", ["=1+1", "+1", "-1", "@sum", "\t=1", "\r=1", '=HYPERLINK("x","y")'])
def test_a_word_that_a_spreadsheet_would_run_has_an_apostrophe_before_it(word: str) -> None:
    table = guarded(pd.DataFrame({"word": [word, "a=1", None], "number": [-1.5, 2, None], "flag": [True] * 3}))
    assert table["word"].tolist()[:2] == [f"'{word}", "a=1"] and pd.isna(table["word"][2])
    assert table.to_csv(index=False).splitlines()[-1] == ",,True" and table["number"][0] == -1.5


def test_titles_and_patients_are_guarded_in_csv_alone(tmp_path: Path) -> None:
    loaded = save(tmp_path / "runs", title='=HYPERLINK("x")')
    loaded = with_table(loaded, cases=loaded.cases().replace({"patient": {"p0": "=1+1"}}))
    build_page([loaded], tmp_path / "page", "T")
    plain = pd.read_csv(tmp_path / "page/cases.csv")
    whole = pd.read_parquet(tmp_path / "page/cases.parquet")
    assert set(plain["patient"]) == {"'=1+1", "p1"} and set(whole["patient"]) == {"=1+1", "p1"}
    assert set(plain["title"]) == {'\'=HYPERLINK("x")'} and set(whole["title"]) == {'=HYPERLINK("x")'}
    assert (plain["dice"].fillna(-1) == whole["dice"].fillna(-1)).all()
    line = pd.read_csv(tmp_path / "page/tables.csv")["line"]
    assert line.str.startswith("'=").all()


def test_a_title_is_one_line_of_a_markdown_table_and_has_no_emphasis(tmp_path: Path) -> None:
    build_page([save(tmp_path / "runs", title="a *b*\nc_d_ `e` [f](g)", method="mine")], tmp_path / "page", "T")
    rows = [one for one in (tmp_path / "page/tables.md").read_text().splitlines() if one.startswith("| a")]
    assert len(rows) == 1 and r"| a \*b\* c\_d\_ \`e\` \[f\](g)" in rows[0]


def test_names_are_words_in_the_methods_paragraph_and_citations_stay(tmp_path: Path) -> None:
    loaded = save(tmp_path / "runs", title="a *b* [f](g) _c_ d_e <i>", dataset="acdc")
    build_page([loaded], tmp_path / "page", "`T`\n# U")
    heading, _, text = (tmp_path / "page/methods.md").read_text(encoding="utf-8").partition("\n\n")
    assert r"a \*b\* \[f\](g) \_c\_ d_e &lt;i>" in text and r"Protocol: \`T\` # U; 1 run" in text
    assert "[@bernard2018acdc]" in text and heading.startswith("## ") and text.count("\n") == 1


def test_signs_that_xml_cannot_hold_are_replaced() -> None:
    drawing = Drawing(10, 10)
    drawing.text(0, 0, "a\x00\x1b[0m & \uffff\tz")
    root = ElementTree.fromstring(drawing.plot("p", "t\x08").source)
    assert [one.text for one in root] == ["t\ufffd", "a\ufffd\ufffd[0m & \ufffd\tz"]


def test_the_page_of_any_protocols_name_is_led_to(tmp_path: Path) -> None:
    save(tmp_path / "runs", id="a", size=64)
    name = "a#b 100%25?c"
    write_json(tmp_path / f"runs/protocols/{name}.json", {"name": name, "title": "T", "cells": ["a"]})
    site.command(["--runs", str(tmp_path / "runs"), "--out", str(tmp_path / "site")])
    (link,) = re.findall(r'href="([^"]*)"', (tmp_path / "site/index.html").read_text())
    assert not set("#?") & set(link) and (tmp_path / "site" / unquote(link)).is_file()
