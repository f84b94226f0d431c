"""Runs that are failed, cut off, damaged or foreign are named on the page as such, and change no number of others."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pandas as pd
import pytest

from reports import build
from reports.gathering import gather
from reports.page import build_page
from results.aside import Aside
from results.claims import claimed
from results.errors import ResultError
from results.record import SCHEMA, Listing
from results.store import Store
from results.writing import write_json
from tests.reports.pages import read_page
from tests.results.made import resealed, save


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Return a store with two whole runs."""
    root = tmp_path / "runs"
    for seed in (0, 1):
        save(root, 0.5 + seed / 50, id=f"sup-{seed}", seed=seed, size=64)
    return root


def page_of(runs: Path) -> str:
    out = runs.parent / "page"
    assert build.command(["--runs", str(runs), "--out", str(out)]) == 0
    return unescape(read_page(out / "index.html"))


def table_of(runs: Path) -> pd.DataFrame:
    return pd.read_csv(runs.parent / "page/tables.csv")


def edit(folder: Path, sealed: bool = True, **values: object) -> None:
    """Change a record as another version would write it, its checksum with it."""
    path = folder / "record.json"
    write_json(path, {**json.loads(path.read_bytes()), **values})
    if sealed:
        resealed(path)


def cut(folder: Path) -> None:
    """Leave what a run leaves that was killed midway."""
    folder.mkdir()
    write_json(folder / "cell.json", {"seed": 2})
    write_json(folder / "progress.json", {"stage": "train", "update": 3, "total": 20, "rate": 1.0})


def failing(folder: Path) -> None:
    cut(folder)
    write_json(folder / "failure.json", {"reason": "no memory <b>left</b>", "when": "now", "log": "log.txt"})


def damaged(name: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        save(folder.parent, 0.9, id=folder.name, seed=2, size=64)
        path = folder / name
        path.write_bytes(path.read_bytes()[:-3] + b"xyz")

    return damage


def of_schema(folder: Path) -> None:
    save(folder.parent, 0.9, id=folder.name, seed=2)
    edit(folder, schema_version=SCHEMA + 5)


def with_a_new_field(folder: Path) -> None:
    save(folder.parent, 0.9, id=folder.name, seed=2)
    edit(folder, mood="good")


def of_another_cell(folder: Path) -> None:
    save(folder.parent, 0.9, id="other", seed=2)
    (folder.parent / "other").rename(folder)


def without_a_column(folder: Path) -> None:
    loaded = save(folder.parent, 0.9, id=folder.name, seed=2)
    tables = {"cases": loaded.cases().drop(columns="counted"), "history": loaded.history()}
    Store(folder.parent).save(folder.name, loaded.record, tables, {}, force=True)


def with_words_for_numbers(folder: Path) -> None:
    loaded = save(folder.parent, 0.9, id=folder.name, seed=2)
    tables = {"cases": loaded.cases().assign(dice="high"), "history": loaded.history()}
    Store(folder.parent).save(folder.name, loaded.record, tables, {}, force=True)


def of_fewer_patients(folder: Path) -> None:
    loaded = save(folder.parent, 0.9, id=folder.name, seed=2)
    table = loaded.cases()
    tables = {"cases": table[table["patient"] == "p0"], "history": loaded.history()}
    Store(folder.parent).save(folder.name, loaded.record, tables, {}, force=True)


WRONG = {
    "Cut off: wrong: it has no record, at update 3 of 20": cut,
    "Failed: wrong: no memory <b>left</b>, at update 3 of 20": failing,
    "Damaged: wrong: wrong/record.json is damaged (not what SHA256SUMS lists)": damaged("record.json"),
    "Damaged: wrong: wrong/cases.parquet is damaged (not what SHA256SUMS lists)": damaged("cases.parquet"),
    "Damaged: wrong: wrong/history.parquet is damaged": damaged("history.parquet"),
    "Damaged: wrong: wrong/predictions/gallery.npz is damaged": damaged("predictions/gallery.npz"),
    f"Foreign: wrong: wrong/record.json has schema version {SCHEMA + 5}; this code reads 1 to {SCHEMA}": of_schema,
    "Foreign: wrong: wrong/record.json: mood: Extra inputs are not permitted": with_a_new_field,
    "Foreign: wrong: wrong holds the run other; a run's folder has its name": of_another_cell,
    "Foreign: wrong: wrong/cases.parquet has no column counted": without_a_column,
    "Foreign: wrong: wrong/cases.parquet has no numbers in its column dice": with_words_for_numbers,
    "Damaged: wrong: wrong/cases.parquet holds scores of 1 patients, and its record counts 2": of_fewer_patients,
}


@pytest.mark.parametrize(("words", "make"), WRONG.items(), ids=[make.__name__ for make in WRONG.values()])
def test_a_wrong_run_is_named_and_changes_no_number(runs: Path, words: str, make: Callable[[Path], None]) -> None:
    page_of(runs)
    before = table_of(runs)
    make(runs / "wrong")
    html = page_of(runs)
    kind = words.split(":")[0].lower()
    assert f"Data: acdc. 2 runs done, 1 {kind}." in html
    assert f"<li>{words}" in html
    pd.testing.assert_frame_equal(table_of(runs), before)


def test_names_and_reasons_of_wrong_runs_are_escaped(runs: Path) -> None:
    failing(runs / "<img src=x>")
    build.command(["--runs", str(runs), "--out", str(runs.parent / "page")])
    html = (runs.parent / "page/index.html").read_text()
    assert "<img src=x>" not in html and "<b>left" not in html and "&lt;b&gt;left&lt;/b&gt;" in html


def test_a_run_that_somebody_holds_is_running(runs: Path) -> None:
    cut(runs / "now")
    with claimed(runs, "now"):
        assert "1 running" in page_of(runs)
    assert "1 cut off" in page_of(runs)


def test_folders_of_other_things_are_no_runs(runs: Path) -> None:
    for name in ("locks", "pages", "protocols"):
        (runs / name).mkdir(exist_ok=True)
    assert gather([runs], None).aside == ()


def test_damaged_and_foreign_runs_are_told_on_stderr_too(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    of_schema(runs / "wrong")
    cut(runs / "cut")
    page_of(runs)
    assert re.findall(r"^left out: (\w+): .*wrong/record.json has schema version 9", capsys.readouterr().err) == [
        "foreign"
    ]


def test_of_a_protocol_only_its_cells_are_told_of(runs: Path) -> None:
    cut(runs / "mine")
    cut(runs / "theirs")
    found = gather([runs], Listing(title="P", cells=("sup-1", "mine")))
    assert [one.record.cell.id for one in found.records] == ["sup-1"]
    assert [(one.id, one.kind) for one in found.aside] == [("mine", "cut off")]


def test_where_one_folder_holds_a_damaged_run_the_whole_one_of_another_counts(runs: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    save(kept, 0.5, id="sup-0", seed=0, size=64)
    path = runs / "sup-0/cases.parquet"
    path.write_bytes(b"")
    found = gather([runs, kept], None)
    assert {one.record.cell.id: one.folder.parent for one in found.records} == {"sup-0": kept, "sup-1": runs}
    assert [(one.id, one.kind, one.folder.parent) for one in found.aside] == [("sup-0", "damaged", runs)]


def test_a_cut_off_run_that_another_folder_has_whole_needs_no_word(runs: Path, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    cut(tmp_path / "more/sup-0")
    assert gather([tmp_path / "more", runs], None).aside == ()


def test_another_run_of_a_cell_is_on_the_page_as_left_out(runs: Path, tmp_path: Path) -> None:
    save(tmp_path / "kept", 0.9, id="sup-0", seed=0, size=64)
    (one,) = gather([runs, tmp_path / "kept"], None).aside
    assert (one.id, one.kind) == ("sup-0", "left out")
    assert one.why == "another run of it counts, in runs, which is read first"


def test_where_nothing_is_whole_the_command_says_so(tmp_path: Path) -> None:
    of_schema(tmp_path / "wrong")
    with pytest.raises(ResultError, match="there is no whole record in"):
        build.command(["--runs", str(tmp_path), "--out", str(tmp_path / "page")])


def test_a_page_of_failed_runs_alone_is_a_page(runs: Path, tmp_path: Path) -> None:
    loaded = Store(runs).load("sup-0")
    failed = loaded.record.model_copy(update={"status": "failed", "reason": "no memory"})
    made = type(loaded)(failed, loaded.folder)
    html = read_page(build_page([made], tmp_path / "page", "T", aside=[Aside("x", "cut off", "why", tmp_path)]))
    assert "0 runs done, 1 cut off, 1 failed." in html and "Failed: sup-0: no memory" in html


def test_no_verdict_passes_a_damaged_record_over(runs: Path) -> None:
    of_schema(runs / "wrong")
    with pytest.raises(ResultError, match="has schema version 9"):
        build.read_records([runs], None)
