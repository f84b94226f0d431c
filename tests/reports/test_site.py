"""A site is an index and a page a protocol; its records lie in it, and no picture of a patient does."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from reports import site
from reports.page import build_page
from results.errors import ResultError, ResultUsageError
from results.store import Store
from results.writing import write_json
from shell.errors import UsageError
from tests.results.made import save


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Return a store with two protocols that share a run, and one of which nothing was run."""
    root = tmp_path / "runs"
    for name in "abc":
        save(root, 0.5, id=name, method=f"m{name}", size=64)
    for name, title, cells in (("p", "Two <methods>", "ab"), ("q", "Another", "bcd"), ("r", "Nothing yet", "e")):
        write_json(root / f"protocols/{name}.json", {"name": name, "title": title, "cells": list(cells)})
    return root


def test_each_protocol_with_records_has_a_page_and_a_line(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "site"
    assert site.command(["--runs", str(runs), "--out", str(out)]) == 0
    said = capsys.readouterr()
    assert said.out == f"site: {out / 'index.html'}\n" and said.err.startswith("r: left out: there is no record")
    index = (out / "index.html").read_text()
    assert re.findall(r'href="([^"]*)"', index) == ["p/index.html", "q/index.html"]
    assert "Two &lt;methods&gt;" in index and "2 of 2" in index and "2 of 3" in index


def test_every_link_stays_in_the_site_and_leads_somewhere(runs: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    site.command(["--runs", str(runs), "--out", str(out)])
    links = [
        (page.parent / link).resolve()
        for page in out.rglob("*.html")
        for link in re.findall(r'href="([^"#]+)"', page.read_text())
    ]
    assert len(links) > 10
    assert [link for link in links if not link.is_file() or not link.is_relative_to(out)] == []


def test_no_mask_and_no_picture_is_passed_on_and_the_records_are_whole(runs: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    site.command(["--runs", str(runs), "--out", str(out)])
    assert list(runs.rglob("*.npz")) and not list(out.rglob("*.npz"))
    local = build_page(Store(runs).records(), tmp_path / "local", "with pictures")
    assert "data:image/webp" in local.read_text() and "data:image/webp" not in (out / "p/index.html").read_text()
    assert [one.record.cell.id for one in Store(out / "runs").records()] == ["a", "b", "c"]
    assert not any(Store(out / "runs").damage(name) for name in "abc")


def test_a_store_without_protocols_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match=r"no protocol in .* has a record; run benchmark.sweep first"):
        site.command(["--runs", str(tmp_path), "--out", str(tmp_path / "site")])


def contents(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder by their names."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_site_over_the_runs_that_it_reads_is_refused_and_no_prediction_goes(runs: Path, tmp_path: Path) -> None:
    before = contents(tmp_path)
    (tmp_path / "alias").symlink_to(runs)
    for read in (runs, tmp_path / "alias"):
        with pytest.raises(UsageError, match=r"a site puts its copies into .*runs, which --runs reads; name another"):
            site.command(["--runs", str(read), "--out", str(tmp_path)])
    (tmp_path / "alias").unlink()
    assert contents(tmp_path) == before and any(name.endswith(".npz") for name in before)


def test_a_site_over_runs_that_no_site_copied_is_refused(runs: Path, tmp_path: Path) -> None:
    results = tmp_path / "results"
    site.command(["--runs", str(runs), "--out", str(results)])
    shutil.rmtree(results / "p")
    (results / "page-files.txt").unlink()
    (results / "index.html").unlink()  # what is left is as kept runs are, without predictions
    before = contents(results)
    with pytest.raises(ResultUsageError, match=r"runs/a is there, and no page wrote it"):
        site.command(["--runs", str(runs), "--out", str(results)])
    assert contents(results) == before


@pytest.mark.parametrize("listed", [True, False])
def test_a_site_is_built_again_but_not_over_a_run_that_was_trained_in_it(
    runs: Path, tmp_path: Path, listed: bool
) -> None:
    out = tmp_path / "site"
    for _ in range(2):
        assert site.command(["--runs", str(runs), "--out", str(out)]) == 0
        if not listed:
            (out / "page-files.txt").unlink()  # as versions before the list left it
    shutil.rmtree(out / "runs/b")
    save(out / "runs", 0.9, id="b")
    before = contents(out)
    with pytest.raises(UsageError, match=r"runs/b is no copy that a site made; move it, or name another folder"):
        site.command(["--runs", str(runs), "--out", str(out)])
    assert contents(out) == before


def test_a_page_of_the_users_own_in_a_sites_place_is_refused_before_runs_are_copied(runs: Path, tmp_path: Path) -> None:
    (tmp_path / "site/q").mkdir(parents=True)
    (tmp_path / "site/q/methods.md").write_text("mine", encoding="utf-8")
    with pytest.raises(ResultUsageError, match=r"q/methods.md is there"):
        site.command(["--runs", str(runs), "--out", str(tmp_path / "site")])
    assert contents(tmp_path / "site") == {"q/methods.md": b"mine"}
