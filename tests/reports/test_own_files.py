"""A page replaces and removes what pages wrote into its folder, and not one file of anybody else's."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.build import command
from reports.own_files import HEAD, LISTING, claim, listed, settle
from reports.page import build_page
from results.errors import ResultUsageError
from results.store import Store
from tests.results.made import save


def contents(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder by their names."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_paper_s_own_figures_stay_and_its_own_references_are_refused(tmp_path: Path) -> None:
    runs, paper = tmp_path / "runs", tmp_path / "paper"
    save(runs)
    (paper / "plots").mkdir(parents=True)
    own = {"plots/architecture.pdf": b"%PDF-", "plots/overview.svg": b"<svg/>", "references.bib": b"@book{mine}"}
    for name, content in own.items():
        (paper / name).write_bytes(content)
    with pytest.raises(ResultUsageError, match=r"references.bib is there, and no page wrote it; move it, or"):
        command(["--runs", str(runs), "--out", str(paper)])
    assert contents(paper) == own
    (paper / "references.bib").unlink()
    for _ in range(2):
        assert command(["--runs", str(runs), "--out", str(paper)]) == 0
    there = contents(paper)
    assert there["plots/architecture.pdf"] == b"%PDF-" and there["plots/overview.svg"] == b"<svg/>"
    assert listed(paper) == set(there) - {"plots/architecture.pdf", "plots/overview.svg", LISTING}


@pytest.mark.parametrize("name", ["plots/table-1-loss_curves.svg", "page-files.txt", "cases.csv", "index.html"])
def test_any_name_that_a_page_would_take_is_refused_before_anything_is_written(tmp_path: Path, name: str) -> None:
    loaded, out = save(tmp_path / "runs"), tmp_path / "page"
    (out / name).parent.mkdir(parents=True)
    (out / name).write_text("mine", encoding="utf-8")
    with pytest.raises(ResultUsageError, match=f"{name} is there"):
        build_page([loaded], out, "T")
    assert contents(out) == {name: b"mine"}


def test_what_the_next_page_has_not_is_removed_and_no_more(tmp_path: Path) -> None:
    out = tmp_path / "page"
    loaded = save(tmp_path / "runs")
    build_page([loaded], out, "T")
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    failed = loaded.record.model_copy(update={"status": "failed", "reason": "no space"})
    build_page([type(loaded)(failed, loaded.folder)], out, "T")
    there = contents(out)
    assert "cases.csv" not in there and not any(name.startswith("plots/") for name in there)
    assert set(there) - listed(out) == {"notes.txt", LISTING}


@pytest.mark.parametrize("name", ["record.json", "cell.json", "SHA256SUMS"])
def test_a_runs_own_folder_takes_no_page(tmp_path: Path, name: str) -> None:
    runs = tmp_path / "runs"
    loaded, other = save(runs, id="s u p", size=64), tmp_path / "other"
    before = contents(runs)
    with pytest.raises(ResultUsageError, match=r"is the folder of a run .it holds record.json.; name another"):
        command(["--runs", str(runs), "--out", str(loaded.folder)])
    assert contents(runs) == before and not Store(runs).damage("s u p")
    other.mkdir()
    (other / name).write_bytes((loaded.folder / name).read_bytes())
    with pytest.raises(ResultUsageError, match=f"it holds {name}"):
        build_page([loaded], other, "T")


def test_a_page_of_a_version_without_the_list_is_replaced_but_not_what_was_changed_in_it(tmp_path: Path) -> None:
    loaded, out = save(tmp_path / "runs"), tmp_path / "page"
    build_page([loaded], out, "Before")
    (out / LISTING).unlink()
    (out / "plots/figure.svg").write_text("<svg/>", encoding="utf-8")
    build_page([loaded], out, "After")
    assert "After" in (out / "index.html").read_text(encoding="utf-8") and (out / "plots/figure.svg").exists()
    (out / LISTING).unlink()
    (out / "references.bib").write_text("@book{mine}", encoding="utf-8")
    with pytest.raises(ResultUsageError, match=r"references.bib is there"):
        build_page([loaded], out, "Later")
    (out / "references.bib").unlink()
    (out / "index.html").write_text('<!doctype html>\n<html lang="en">mine', encoding="utf-8")
    with pytest.raises(ResultUsageError, match=r"cases.csv is there"):
        build_page([loaded], out, "Later")


def test_a_pdf_of_the_users_own_beside_a_plot_is_left(tmp_path: Path) -> None:
    loaded, out = save(tmp_path / "runs"), tmp_path / "page"
    build_page([loaded], out, "T")
    name = next((out / "plots").glob("*.svg")).with_suffix(".pdf").name
    (out / "plots" / name).write_bytes(b"mine")
    (out / "plots" / name).with_suffix(".svg").write_text("another", encoding="utf-8")
    build_page([loaded], out, "T")
    assert (out / "plots" / name).read_bytes() == b"mine"
    with pytest.raises(ResultUsageError, match=f"{name} is there"):
        build_page([loaded], out, "T", pdf=True)


def test_a_list_leads_to_nothing_outside_of_its_folder(tmp_path: Path) -> None:
    out = tmp_path / "page"
    claim(out, ["a.txt"])
    for path in (tmp_path / "mine", out / "a.txt"):
        path.write_text("", encoding="utf-8")
    (out / LISTING).write_text(f"{HEAD}\na.txt\n../mine\n{tmp_path / 'mine'}\n", encoding="utf-8")
    settle(out, ["b.txt"])
    assert (tmp_path / "mine").exists() and not (out / "a.txt").exists() and listed(out) == {"b.txt"}
