"""A cell that other code made: said by every command, and kept apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark import rescore
from benchmark.environment import code as environment
from benchmark.training.update import Updates
from results.code import CODE, Sources, code_of
from results.same_code import SameCode
from results.standing import Checkout, files_of
from results.store import Store
from tests.benchmark.other_code.runs import (
    FILE,
    OTHER,
    code_in,
    ran,
    restarted,
    said_by_run,
)
from tests.checkout import edit

pytestmark = pytest.mark.usefixtures("small_phantom", "thin")


def test_a_record_holds_its_code_and_names_its_files(checkout: Path, tmp_path: Path) -> None:
    folder = ran(tmp_path / "out")
    parts = Sources(checkout).parts("supervised", "phantom")
    assert code_in(folder) == code_of(parts).model_dump()
    assert files_of(Store(tmp_path / "out").load(folder.name)) == parts
    assert f"  {CODE}\n" in (folder / "SHA256SUMS").read_text()


def test_a_second_run_says_by_which_code_the_first_was(
    checkout: Path, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reports.page.build_page", lambda *_, **__: "no page")
    folder = ran(tmp_path / "out")
    assert said_by_run(tmp_path / "out", capsys) == " is done already; --force trains it again"
    restarted(checkout, "methods/em.py")  # another method
    assert said_by_run(tmp_path / "out", capsys) == " is done already; --force trains it again"
    trained = code_of(Sources(checkout).parts("supervised", "phantom")).trained
    restarted(checkout, FILE)
    assert said_by_run(tmp_path / "out", capsys) == f" is done already, {OTHER}; --force trains it again"
    same, now = SameCode({}), code_of(Sources(checkout).parts("supervised", "phantom")).trained
    assert trained is not None and now is not None
    same.add("supervised", "trace", [trained, now])
    same.write()
    environment.taken.cache_clear()
    words = f" is done already, {OTHER}, which the canary calls the same; --force trains it again"
    assert said_by_run(tmp_path / "out", capsys) == words
    restarted(checkout, "data/intensity.py", "methods/parts/sgd.py", "benchmark/training/history.py")
    files = "benchmark/training/history.py, data/intensity.py, methods/parts/sgd.py and 1 more"
    assert f"({files})" in said_by_run(tmp_path / "out", capsys)
    assert ran(tmp_path / "out", force=True) == folder
    assert said_by_run(tmp_path / "out", capsys) == " is done already; --force trains it again"


def test_an_older_record_says_its_commit_and_a_rescored_one_who_scored(
    checkout: Path, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reports.page.build_page", lambda *_, **__: "no page")
    folder, before = ran(tmp_path / "out"), code_of(Sources(checkout).parts("supervised", "phantom"))
    restarted(checkout, "benchmark/metrics/overlap.py")
    words = "scored by other code than this checkout's (benchmark/metrics/overlap.py)"
    advice = "benchmark.rescore scores it again; --force trains it again"
    assert said_by_run(tmp_path / "out", capsys) == f" is done already, {words}; {advice}"
    restarted(checkout, FILE)
    assert rescore.command([str(folder), "--device", "cpu"]) == 0
    now = code_of(Sources(checkout).parts("supervised", "phantom"))
    assert code_in(folder) == {**before.model_dump(), "scoring": now.scoring} != now.model_dump()
    assert now.inspection != before.inspection
    capsys.readouterr()
    left = "ledger and diagnosis made by other code (benchmark/metrics/overlap.py)"  # which training alone can make
    assert said_by_run(tmp_path / "out", capsys) == f" is done already, {OTHER}, {left}; --force trains it again"
    store = Store(tmp_path / "out")
    loaded = store.load(folder.name)
    tables = {name: getattr(loaded, name)() for name in ("cases", "history", "conventions", "ledger")}
    old = loaded.record.model_copy(update={"code": None, "commit": "0123456789abcdef", "dirty": False})
    (folder / CODE).unlink()
    store.save(folder.name, old, tables, {}, force=True)
    words = "of commit 01234567, whose code is not told by content"
    assert said_by_run(tmp_path / "out", capsys) == f" is done already, {words}; --force trains it again"
    assert rescore.command([str(folder), "--device", "cpu"]) == 0
    assert code_in(folder) == {
        "method": None, "training": None, "scoring": now.scoring, "inspection": None, "older": True,
    }  # fmt: skip


def test_a_file_edited_while_a_run_trains_is_not_the_code_of_its_record(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, update = code_of(Sources(checkout).parts("supervised", "phantom")), Updates.make
    monkeypatch.setattr(Updates, "make", lambda *given: (edit(checkout, FILE), update(*given))[1])
    folder = ran(tmp_path / "out")
    assert code_in(folder) == before.model_dump()
    assert code_of(Sources(checkout).parts("supervised", "phantom")) != before


def test_a_page_knows_a_methods_file_from_its_record_where_the_name_cannot_be_read(
    checkout: Path, tmp_path: Path
) -> None:
    path = checkout / FILE
    path.write_text(path.read_text().replace('"supervised"', "''.join(['super', 'vised'])", 1))
    environment.taken.cache_clear()
    loaded = Store(tmp_path / "out").load(ran(tmp_path / "out").name)
    assert loaded.record.code is not None and loaded.record.code.method is not None
    page = Checkout(Sources(checkout))
    assert page.sources.file_of("supervised") is None
    assert page.standing(loaded).kind == "same"
    edit(checkout, FILE)
    standing = Checkout(Sources(checkout)).standing(loaded)
    assert (standing.kind, standing.files) == ("other", (FILE,))


def test_another_ledger_is_said_and_no_scoring_anew_promised(
    checkout: Path, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reports.page.build_page", lambda *_, **__: "no page")
    ran(tmp_path / "out")
    restarted(checkout, "benchmark/scoring/ledger.py")
    words = "ledger and diagnosis made by other code than this checkout's (benchmark/scoring/ledger.py)"
    assert said_by_run(tmp_path / "out", capsys) == f" is done already, {words}; --force trains it again"
