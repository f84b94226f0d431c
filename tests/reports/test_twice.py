"""Of two records of one cell in two folders the first counts, and it is said whether they are the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from reports.build import read_records
from reports.gathering import gather
from results.record import Listing
from tests.results.made import save


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    runs, kept = tmp_path / "runs", tmp_path / "kept"
    for cell in ("a", "b", "c"):
        save(runs, 0.5, id=cell)
    shutil.copytree(runs, kept)
    save(kept, 0.5, id="d")
    return runs, kept


def dice_of(folders: tuple[Path, ...], cell: str, listing: Listing | None = None) -> float:
    (found,) = [one for one in read_records(folders, listing) if one.record.cell.id == cell]
    return float(found.cases()["dice"].min())


def test_the_same_record_in_two_folders_counts_once_and_is_said_once(two, capsys: pytest.CaptureFixture[str]) -> None:
    assert [one.record.cell.id for one in read_records(two, None)] == ["a", "b", "c", "d"]
    assert capsys.readouterr().err == "a and 2 more: the same record lies in two folders; it counts once\n"
    read_records((two[0], two[0]), None)  # named twice
    assert capsys.readouterr().err == ""


def test_of_two_different_records_it_is_said_which_counts(two, capsys: pytest.CaptureFixture[str]) -> None:
    runs, kept = two
    shutil.rmtree(kept / "b")
    save(kept, 0.8, id="b")
    for folders, least in (((runs, kept), 0.5), ((kept, runs), 0.8)):
        assert least <= dice_of(folders, "b") < least + 0.1
        first, second = folders
        assert capsys.readouterr().err.splitlines()[1] == (
            f"b: {first} and {second} hold different runs of it; the one in {first} counts, which is read first"
        )


def test_cells_that_are_not_asked_for_are_not_told_of(two, capsys: pytest.CaptureFixture[str]) -> None:
    listing = Listing(title="P", cells=("d",), variants={})
    assert dice_of(two, "d", listing) >= 0.5
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("alias", ["0", "z"])
def test_a_link_to_a_run_beside_it_counts_once_and_is_the_cell_that_it_leads_to(tmp_path: Path, alias: str) -> None:
    save(tmp_path, 0.5, id="a")
    (tmp_path / alias).symlink_to(tmp_path / "a")
    found = gather([tmp_path], None)
    assert ([one.record.cell.id for one in found.records], found.aside, found.twice) == (["a"], (), ())
    listed = gather([tmp_path], Listing(title="P", cells=("a",)))
    assert [one.record.cell.id for one in listed.records] == ["a"]
