"""A cell that other code made or began: said by every command, kept apart, and trained anew where that is asked for."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import torch

from benchmark import paths, rescore, run, status, sweep
from benchmark.cells.cell import Cell, Wish, resolve_cell
from benchmark.environment import code as environment
from benchmark.errors import RunError
from benchmark.launchers.job import Job, attempt
from benchmark.launchers.made import made
from benchmark.launchers.plan import planned
from benchmark.running.execution import run_cell
from benchmark.running.options import Options
from benchmark.training.resume import place_of
from benchmark.training.trainer import Trainer
from data.catalog import find
from results.code import CODE, Sources, code_of
from results.same_code import SameCode
from results.standing import Checkout, files_of
from results.store import Store
from tests.checkout import ROOT, copied, edit

pytestmark = pytest.mark.usefixtures("small_phantom", "thin")
CPU = torch.device("cpu")
WORDS = ["--method", "supervised", "--dataset", "phantom", "--preset", "smoke", "--labeled", "2", "--device", "cpu"]
SET = {"updates": 2, "validations": 1}
FILE = "methods/supervised.py"
OTHER = "made by other code than this checkout's (methods/supervised.py)"


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a copy of the code that this process takes for what it runs."""
    root = copied(tmp_path / "checkout")
    monkeypatch.setattr(environment, "ROOT", root)
    monkeypatch.setattr(paths, "ROOT", root)
    monkeypatch.setattr("results.same_code.SAME_CODE", root / "results" / "same_code.json")
    environment.taken.cache_clear()
    yield root
    environment.taken.cache_clear()


def restarted(root: Path, *edited: str) -> None:
    """Edit files, and let this process be one that was started after that."""
    edit(root, *edited)
    environment.taken.cache_clear()


def cell() -> Cell:
    return resolve_cell(Wish(method="supervised", preset="smoke", labeled=2, set=SET), find("phantom"), "cpu")


def ran(out: Path, force: bool = False) -> Path:
    options = Options(CPU, force, log_every=1, save_seconds=0.0)
    return run_cell(cell(), find("phantom"), Store(out), options)


def code_in(folder: Path) -> dict[str, str]:
    return dict(json.loads((folder / "record.json").read_text())["code"])


def said_by_run(out: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert run.command([*WORDS, "--out", str(out), "--set=updates=2", "--set=validations=1"]) == 0
    return capsys.readouterr().out.splitlines()[2].removeprefix(cell().id)


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
    before, update = code_of(Sources(checkout).parts("supervised", "phantom")), Trainer._update
    monkeypatch.setattr(Trainer, "_update", lambda *given: (edit(checkout, FILE), update(*given)))
    folder = ran(tmp_path / "out")
    assert code_in(folder) == before.model_dump()
    assert code_of(Sources(checkout).parts("supervised", "phantom")) != before


def stopped(out: Path, monkeypatch: pytest.MonkeyPatch, force: bool = False) -> None:
    """Stop a run in its second update, after the first is saved."""
    update = Trainer._update

    def stop(self: Trainer, stage, number: int) -> None:
        if number == 1:
            raise KeyboardInterrupt
        update(self, stage, number)

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "_update", stop)
        with pytest.raises(KeyboardInterrupt):
            ran(out, force)


def test_a_training_is_not_gone_on_with_by_other_code_and_starts_anew_where_that_is_asked_for(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, updates: list[int], capsys
) -> None:
    whole = (ran(tmp_path / "whole") / "cases.parquet").read_bytes()
    out = tmp_path / "out"
    stopped(out, monkeypatch)
    edit(checkout, FILE)
    environment.taken.cache_clear()
    words = f"checkpoint.pt is of a training that was begun by other code than this checkout's ({FILE}); go back to"
    with pytest.raises(RunError, match=re.escape(words)):
        ran(out)
    assert "begun by other code" in status.state_of(Store(out), cell().id).words
    updates.clear()
    folder = ran(out, force=True)
    assert updates == [0, 1] and "the run starts anew from nothing" in capsys.readouterr().err
    assert code_in(folder) == code_of(Sources(checkout).parts("supervised", "phantom")).model_dump()
    assert (folder / "cases.parquet").read_bytes() == whole  # a comment changes no number


def test_a_training_of_the_same_code_is_gone_on_with_and_one_of_an_older_version_tells_no_code(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, updates: list[int]
) -> None:
    stopped(tmp_path / "out", monkeypatch)
    updates.clear()
    assert code_in(ran(tmp_path / "out"))["method"] is not None and updates == [1]
    with monkeypatch.context() as patch:  # an older version marks no code
        marks = ("cell", "threads")
        older = lambda run, mine, device: place_of(run, {name: mine[name] for name in marks}, device)  # noqa: E731
        patch.setattr("benchmark.running.begun.place_of", older)
        stopped(tmp_path / "old", monkeypatch)
    updates.clear()
    folder = ran(tmp_path / "old")
    assert (code_in(folder)["method"], code_in(folder)["training"], updates) == (None, None, [1])


def untold(patch: pytest.MonkeyPatch) -> None:
    """Let the method's class be of a file outside the checkout."""
    found = environment.taken()
    patch.setattr(environment, "taken", cache(lambda: replace(found, checkout=Checkout(found.checkout.sources, {}))))


def test_a_method_from_outside_the_checkout_tells_no_code_and_its_training_is_not_gone_on_with(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, updates: list[int]
) -> None:
    untold(monkeypatch)
    stopped(tmp_path / "out", monkeypatch)
    with pytest.raises(RunError, match=r"begun by code that nobody can tell; .*--force"):
        ran(tmp_path / "out")
    updates.clear()
    folder = ran(tmp_path / "out", force=True)
    told = code_in(folder)
    assert (told["method"], told["older"], updates) == (None, False, [0, 1])


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


def protocol(folder: Path) -> Path:
    path = folder / "p.toml"
    path.write_text(
        "title = 'P'\ndataset = 'phantom'\n[[cells]]\nmethods = ['supervised', 'em']\nlabeled = [2]\n"
        "presets = ['smoke']\nset = { updates = 2, validations = 1 }\n"
    )
    return path


def test_a_sweep_and_status_say_it_by_cell_and_in_the_count(checkout: Path, tmp_path: Path, capsys) -> None:
    out, path = tmp_path / "out", protocol(tmp_path)
    folder = ran(out)
    restarted(checkout, FILE)
    words = [str(path), "--out", str(out), "--device", "cpu", "--dry-run"]
    assert sweep.command(words) == 0
    said = capsys.readouterr().out
    assert "2 cells, 1 done, 1 to run\n1 done made by other code than this checkout's; --force trains such" in said
    assert f"done  {folder.name}: {OTHER}\n" in said
    assert sweep.command([*words, "--force"]) == 0
    said = capsys.readouterr().out
    assert "2 cells, 0 done, 2 to run\n1 to run made by other code than this checkout's, and trained anew" in said
    plan = planned(Namespace(protocol=path, twin=False, data_root=None, preset=None), "cpu")
    plan.write(out)
    capsys.readouterr()
    assert status.command([str(path), "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert f"done     {folder.name}: {OTHER}\n" in said
    assert "1 done made by other code than this checkout's; benchmark.sweep --force trains such cells anew" in said


@pytest.mark.parametrize(
    ("words", "todo"),
    [(["--force", "em"], 1), (["--force", "em", "supervised"], 2), (["--force"], 2), ([], 1)],
)
def test_force_takes_cells_of_the_named_methods(
    words: list[str], todo: int, checkout: Path, tmp_path: Path, capsys
) -> None:
    ran(tmp_path / "out")
    restarted(checkout, FILE)
    given = [*words, str(protocol(tmp_path)), "--out", str(tmp_path / "out"), "--device", "cpu", "--dry-run"]
    assert sweep.command(given) == 0
    assert f"2 cells, {2 - todo} done, {todo} to run" in capsys.readouterr().out


def test_a_forced_cell_is_trained_anew_once(checkout: Path, tmp_path: Path, updates: list[int]) -> None:
    ran(tmp_path / "out")
    updates.clear()
    job = Job(cell(), None, tmp_path / "out", "cpu", 1, anew=True)
    assert attempt(job) is None and updates == []  # this code made it
    restarted(checkout, FILE)
    assert attempt(Job(cell(), None, tmp_path / "out", "cpu", 1)) is None and updates == []  # nobody asked
    assert attempt(job) is None and updates == [0, 1]
    assert attempt(job) is None and updates == [0, 1]
    assert made([cell()], Store(tmp_path / "out"), []).todo == []


def test_a_missing_protocol_is_named_by_status(tmp_path: Path) -> None:
    path = protocol(tmp_path)
    with pytest.raises(
        Exception, match=re.escape(f"there is no protocol file {tmp_path / 'q.toml'}; did you mean {path}?")
    ):
        status.command([str(tmp_path / "q.toml"), "--out", str(tmp_path)])


@pytest.mark.slow
def test_a_sweep_in_a_copy_of_the_checkout_trains_what_was_edited_anew(tmp_path: Path) -> None:
    root, path = copied(tmp_path / "checkout"), protocol(tmp_path)
    for name in ("data/splits",):
        (root / name).mkdir(parents=True, exist_ok=True)
        for file in (ROOT / name).glob("*.json"):
            (root / name / file.name).write_bytes(file.read_bytes())
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent / "small"), str(root)])}

    def swept(*words: str) -> str:
        command = [
            sys.executable,
            "-m",
            "benchmark.sweep",
            str(path),
            "--device",
            "cpu",
            "--out",
            str(tmp_path / "out"),
        ]
        ended = subprocess.run([*command, *words], cwd=root, env=variables, capture_output=True, text=True, check=True)
        return ended.stdout

    assert "[2/2] done" in swept()
    edit(root, "methods/em.py")
    assert "2 cells, 2 done, 0 to run\n1 done made by other code" in swept()
    assert "[1/1] done phantom-2-em" in swept("--force")
    assert "2 cells, 2 done, 0 to run\n  done" in swept("--force")
