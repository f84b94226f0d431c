"""What stands beside a page: the same numbers in every form, plots as files, what to cite, what was done."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pandas as pd
import pytest
from pyarrow.parquet import read_table

from reports.build import command
from reports.formatting import TITLES, shown
from reports.page import build_page
from reports.summary import group
from results.store import LoadedRecord
from shell.errors import UsageError
from tests.reports.pages import read_page
from tests.reports.tabulars import cells_of, tabulars
from tests.results.made import cases, save

FILES = {"cases.csv", "cases.parquet", "index.html", "methods.md", "page-files.txt", "plots", "references.bib"} | {
    f"tables.{ending}" for ending in ("csv", "md", "parquet", "tex")
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[LoadedRecord]:
    """Return two methods at three and seven labelled patients, the first of three seeds."""
    root = tmp_path_factory.mktemp("runs")
    found = [
        save(root, 0.4 + seed / 30, id=f"sup-{labeled}-{seed}", labeled=labeled, seed=seed, size=128)
        for labeled in (3, 7)
        for seed in (0, 1, 2)
    ]
    named = {"method": "mean_teacher", "title": "Mean teacher", "paper": "Tarvainen & Valpola"}
    return [*found, save(root, 0.6, id="mt", size=256, **named)]


@pytest.fixture(scope="module")
def page(made: list[LoadedRecord], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of their page."""
    return build_page(made, tmp_path_factory.mktemp("page"), "Toy").parent


def test_all_exports_stand_beside_a_page(page: Path) -> None:
    assert {path.name for path in page.iterdir()} == FILES


def test_the_page_leads_to_each_of_them(page: Path) -> None:
    links = set(re.findall(r'<a href="([^"#]+)"', read_page(page / "index.html")))
    assert FILES - {"index.html", "page-files.txt", "plots"} <= links
    assert all((page / link).exists() for link in links)


def test_every_number_is_the_pages_to_the_last_digit(page: Path, made: list[LoadedRecord]) -> None:
    html = unescape(read_page(page / "index.html"))
    bodies = [cells_of(one)[1:] for one in tabulars((page / "tables.tex").read_text())]
    markdown = (page / "tables.md").read_text()
    plain = pd.read_csv(page / "tables.csv").query("rule == 'last'")
    assert len(bodies) == len(group(made)) == 2
    for table, one in zip(bodies, group(made), strict=True):
        for row, line in zip(table, one.lines, strict=True):
            mine = plain.query("method == @line.first.cell.method and labeled == @one.labeled").set_index("structure")
            for column, metric in enumerate(TITLES, 2):
                text = shown(line.spread("last", "avg", metric), metric)
                assert text in html and f"| {text} |" in markdown
                assert row[column] == text.replace("±", r"\pm")
                value = mine.loc["avg", metric] * (100 if metric in ("dice", "jaccard") else 1)
                digits = len(text.split(" ")[0].partition(".")[2])
                assert f"{value:.{digits}f}" == text.split(" ")[0]


def test_intervals_are_the_pages(page: Path, made: list[LoadedRecord]) -> None:
    html = unescape(read_page(page / "index.html"))
    found = re.findall(r"\\numrange\[range-phrase=\{--\}\]\{([\d.]+)\}\{([\d.]+)\}", (page / "tables.tex").read_text())
    assert len(found) == 2  # of the lines of three seeds
    for (low, high), row in zip(found, pd.read_csv(page / "tables.csv").query(
        "rule == 'last' and structure == 'avg' and seeds == 3"
    ).to_dict("records"), strict=True):  # fmt: skip
        assert f"{low}–{high}" in html
        assert (f"{100 * row['dice_low']:.1f}", f"{100 * row['dice_high']:.1f}") == (low, high)


def test_csv_and_parquet_hold_every_row(page: Path, made: list[LoadedRecord]) -> None:
    assert len(pd.read_csv(page / "tables.csv")) == 3 * 2 * 4  # lines, rules, structures and their average
    table = read_table(page / "tables.parquet").to_pandas()
    assert table.to_csv(index=False) == (page / "tables.csv").read_text()
    scores = read_table(page / "cases.parquet").to_pandas()
    assert len(scores) == sum(len(one.cases()) for one in made) == 7 * 2 * 4 * 3
    mine = scores[scores["cell"] == "sup-7-2"].reset_index(drop=True)
    pd.testing.assert_frame_equal(mine[list(cases(0.0).columns)], cases(0.4 + 2 / 30, 2), check_dtype=False)
    assert set(mine["labeled"]) == {7} and set(mine["seed"]) == {2}
    plain = pd.read_csv(page / "cases.csv")
    assert (plain["dice"].fillna(-1) == scores["dice"].fillna(-1)).all()


def test_markdown_survives_any_name(tmp_path: Path) -> None:
    loaded = save(tmp_path / "runs", title="a | b", method="mine").named("<script>alert(1)</script>")
    build_page([loaded], tmp_path / "page", "T")
    text = (tmp_path / "page" / "tables.md").read_text() + (tmp_path / "page" / "methods.md").read_text()
    assert "<script" not in text and r"a \| b, &lt;script>" in text


def test_what_is_cited_is_what_was_run(page: Path) -> None:
    text = (page / "references.bib").read_text()
    keys = re.findall(r"^@\w+\{([^,]+),", text, re.MULTILINE)
    assert keys == ["bernard2018acdc", "ronneberger2015unet", "tarvainen2017meanteacher", "action_bench"]
    assert "Runs made with commits abc" in text and text.count("{") == text.count("}")
    used = set(re.findall(r"\[@([^\]]+)\]", (page / "methods.md").read_text()))
    assert used == set(keys)


def test_a_method_from_outside_is_cited_in_its_authors_words(tmp_path: Path) -> None:
    code = {"method": {"name": "my_method.py", "digest": "0123abcd"}}
    loaded = save(tmp_path / "runs", method="action", title="Mine", paper="Me & You, 2026", outside=code, dataset="x")
    build_page([loaded], tmp_path / "page", "T")
    text = (tmp_path / "page" / "references.bib").read_text()
    assert "you2023action" not in text and "bernard" not in text
    assert "@misc{method_action,\n  title = {Mine},\n" in text
    assert r"method from outside, my\_method.py (0123abcd)" in text and r"note = {Me \& You, 2026}" in text


def test_plots_are_pdfs_too_where_that_is_asked_for(made: list[LoadedRecord], tmp_path: Path) -> None:
    pytest.importorskip("svglib", reason="svglib is not installed; make setup brings it")
    wanted = ["--runs", str(made[0].folder.parent), "--out", str(tmp_path / "page")]
    assert command(wanted) == 0
    plain = {path.name for path in (tmp_path / "page" / "plots").iterdir()}
    assert plain and all(name.endswith(".svg") for name in plain)
    assert command([*wanted, "--pdf"]) == 0
    both = {path.name for path in (tmp_path / "page" / "plots").iterdir()}
    assert both == plain | {name.replace(".svg", ".pdf") for name in plain}


def test_pdfs_without_their_library_are_refused_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(UsageError, match="--pdf: the library svglib is not installed; make setup brings it"):
        command(["--runs", str(tmp_path), "--out", str(tmp_path / "page"), "--pdf"])
    assert not (tmp_path / "page").exists()


def test_a_page_of_failed_runs_alone_has_tables_and_says_no_more(tmp_path: Path) -> None:
    loaded = save(tmp_path / "runs")
    failed = loaded.record.model_copy(update={"status": "failed", "reason": "no space"})
    build_page([LoadedRecord(failed, loaded.folder)], tmp_path / "page", "T")
    assert not (tmp_path / "page" / "cases.csv").exists()
    links = set(re.findall(r'<a href="([^"#]+)"', read_page(tmp_path / "page" / "index.html")))
    assert all((tmp_path / "page" / link).exists() for link in links)
