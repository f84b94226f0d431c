"""Where a run's page goes: as asked, in reports/ for a run in results/, else beside the record; never half-written."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from benchmark import run
from benchmark.command import main
from results.errors import ResultUsageError

pytestmark = pytest.mark.usefixtures("small_phantom", "thin")
WORDS = ["--method", "supervised", "--dataset", "phantom", "--preset", "smoke", "--device", "cpu"]
WORDS += ["--set=updates=1", "--set=validations=1"]
FILES = [
    "cases.csv", "cases.parquet", "index.html", "methods.md", "page-files.txt", "plots", "references.bib",
    "tables.csv", "tables.md", "tables.parquet", "tables.tex",
]  # fmt: skip


def pages(folder: Path) -> list[Path]:
    return sorted(folder.rglob("index.html"))


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder in place of the checkout's results/ and reports/."""
    monkeypatch.setattr(run, "RUNS", tmp_path / "results" / "runs")
    monkeypatch.setattr(run, "HTML", tmp_path / "reports" / "html")
    return tmp_path


def test_a_page_goes_where_it_is_asked_for_else_beside_the_record(checkout: Path, capsys) -> None:
    out = checkout / "mine"
    assert run.command([*WORDS, "--out", str(out)]) == 0
    (record,) = out.glob("*/record.json")
    (page,) = pages(checkout)
    assert page == out / "pages" / record.parent.name / "index.html"
    assert f'href="../../{record.parent.name}/record.json"' in page.read_text(encoding="utf-8")
    assert run.command([*WORDS, "--out", str(out), "--page", str(checkout / "page")]) == 0
    assert sorted(path.name for path in (checkout / "page").iterdir()) == FILES
    assert f"report: {checkout / 'page' / 'index.html'}" in capsys.readouterr().out


def test_a_run_in_results_has_its_page_in_reports_or_beside_it_where_reports_cannot_be_written(checkout: Path) -> None:
    assert run.command(WORDS) == 0
    (page,) = pages(checkout)
    assert page.parent.parent == checkout / "reports" / "html" / "runs"
    page.unlink()
    (checkout / "reports").rename(checkout / "old")
    (checkout / "reports").write_text("in the way")
    assert run.command(WORDS) == 0
    assert [page.parent.parent for page in pages(checkout)] == [checkout / "results" / "runs" / "pages"]


def test_a_disk_that_is_full_at_the_end_leaves_the_record_and_the_old_page_whole(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    assert run.command(WORDS) == 0
    (page,) = pages(checkout)
    page.write_text("old", encoding="utf-8")

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main("benchmark.run", lambda: run.command(WORDS))
    said = capsys.readouterr()
    assert ended.value.code == 1
    listed = page.parent / "page-files.txt"  # which is written first
    assert said.err == (
        f"error: {listed} cannot be written (No space left on device); mend that and start the same command again\n"
    )
    assert "record.json" in said.out
    assert page.read_text(encoding="utf-8") == "old"
    assert sorted(path.name for path in page.parent.iterdir()) == FILES


def test_a_page_that_would_replace_a_users_file_is_refused_before_anything_is_trained(checkout: Path) -> None:
    (checkout / "page").mkdir()
    (checkout / "page" / "methods.md").write_text("mine", encoding="utf-8")
    with pytest.raises(ResultUsageError, match=r"page/methods.md is there, and no page wrote it"):
        run.command([*WORDS, "--out", str(checkout / "mine"), "--page", str(checkout / "page")])
    assert not (checkout / "mine").exists()
