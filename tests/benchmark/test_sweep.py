"""A sweep from its command: its protocol, its cells and what ``benchmark.status`` says of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark import status, sweep
from benchmark.launchers import dry_run
from benchmark.launchers.job import attempt
from benchmark.paths import RUNS
from tests.benchmark.outcome import outcome


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title = 'x'\ndataset = 'phantom'\n[[cells]]\nmethod = ['action']", "did you mean methods?"),
        (
            "title = 'x'\ndatset = 'phantom'\n[[cells]]\nmethods = ['action']",
            "unknown key datset; did you mean dataset",
        ),
        ("title = 'x'\ndataset = 'phantom'\ncells = []", "cells: "),
        ("title = ", "is not TOML"),
        ("name = 'y'\ntitle = 'x'\ndataset = 'phantom'\n[[cells]]\nmethods = ['action']", "remove the key 'name'"),
    ],
)
def test_a_wrong_protocol_names_its_key(text: str, message: str, tmp_path: Path, capsys) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    code, error = outcome(capsys, sweep, [str(path), "--out", str(tmp_path / "out")])
    assert code == 2
    assert message in error
    assert "mine.toml" in error


def test_a_missing_protocol_is_named(tmp_path: Path, capsys) -> None:
    code, error = outcome(capsys, sweep, [str(tmp_path / "none.toml")])
    assert code == 2
    assert "there is no protocol file" in error


@pytest.mark.parametrize(("seeds", "cells"), [("[0]", "its one cell"), ("[0, 1]", "its 2 cells")])
def test_status_before_any_sweep_says_that_nothing_has_run_and_what_starts_it(
    seeds: str, cells: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "my sweep.toml", tmp_path / "out"
    path.write_text(f"title = 'x'\ndataset = 'phantom'\n[[cells]]\nmethods = ['em']\nseeds = {seeds}\n")
    assert status.command([str(path), "--out", str(out)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{path}: no sweep of {cells} was started in {out}",
        f"to start it: python -m benchmark.sweep '{path}' --out {out}; with --dry-run it says what it would take",
    ]
    assert not out.exists()


def test_status_of_the_usual_folder_names_it_and_no_option(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("p.toml").write_text("title = 'x'\ndataset = 'phantom'\n[[cells]]\nmethods = ['em']\n")
    assert status.command(["p.toml"]) == 0
    said = capsys.readouterr().out
    assert (
        f"was started in {RUNS}\n" in said and "to start it: python -m benchmark.sweep p.toml; with --dry-run" in said
    )


def test_status_of_a_wrong_protocol_names_its_key_before_any_sweep_does(tmp_path: Path, capsys) -> None:
    (tmp_path / "p.toml").write_text("title = 'x'\ndatset = 'phantom'\n[[cells]]\nmethods = ['em']\n")
    code, error = outcome(capsys, status, [str(tmp_path / "p.toml"), "--out", str(tmp_path / "out")])
    assert code == 2 and "unknown key datset; did you mean dataset" in error


@pytest.mark.usefixtures("small_phantom", "thin")
def test_a_sweep_runs_what_is_missing_with_the_same_bytes_for_any_number_of_jobs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    path = tmp_path / "two.toml"
    path.write_text(
        "title = 'Two'\ndataset = 'phantom'\n[[cells]]\nmethods = ['supervised', 'mean_teacher']\nlabeled = [2]\n"
        "presets = ['smoke']\nset = { updates = 2, validations = 1 }\n"
    )
    assert sweep.command([str(path), "--out", str(tmp_path / "2"), "--jobs", "2", "--device", "cpu"]) == 0
    with monkeypatch.context() as patch:  # one after another, in this process
        patch.setattr(sweep, "_launched", lambda given, jobs, *others: [(job, attempt(job)) for job in jobs])
        assert sweep.command([str(path), "--out", str(tmp_path / "1"), "--jobs", "1", "--device", "cpu"]) == 0
    folders = sorted(folder.parent.name for folder in tmp_path.glob("1/*/cases.parquet"))
    assert len(folders) == 2
    for name in folders:
        assert (tmp_path / "1" / name / "cases.parquet").read_bytes() == (
            tmp_path / "2" / name / "cases.parquet"
        ).read_bytes()
    capsys.readouterr()
    assert sweep.command([str(path), "--out", str(tmp_path / "1"), "--dry-run"]) == 0
    assert "2 cells, 2 done, 0 to run" in capsys.readouterr().out
    assert status.command([str(path), "--out", str(tmp_path / "1")]) == 0
    assert "2 of 2 done" in capsys.readouterr().out


@pytest.mark.usefixtures("small_phantom", "thin")
def test_a_failing_cell_does_not_stop_the_others_and_status_says_why(tmp_path: Path, capsys) -> None:
    """A learning rate that drives the weights to infinity in the first update fails in the second."""
    path = tmp_path / "two.toml"
    path.write_text(
        "title='Two'\ndataset='phantom'\n[[cells]]\nmethods=['supervised']\npresets=['smoke']\n"
        "set={updates=3, validations=1, lr=[1e30, 0.01]}\n"
    )
    words = [str(path), "--out", str(tmp_path / "out")]
    assert sweep.command([*words, "--jobs", "1", "--device", "cpu", "--retries", "0"]) == 1
    printed = capsys.readouterr().out
    assert "[1/2] failed: " in printed and "not finite" in printed
    assert "[2/2] done" in printed
    assert status.command(words) == 0
    said = capsys.readouterr().out
    assert "1 of 2 done (1 done, 1 failed)" in said
    assert "not finite" in said and "log.txt" in said


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--retries", "-1"], "--retries -1: expected 0 or more"),
        (["--hang-minutes", "0"], "--hang-minutes 0: expected more than 0"),
        (["--address", "here:1"], "--address is for --launcher ray, not local"),
        (["--slurm", "timeout_min=5"], "--slurm is for --launcher slurm, not local"),
        (["--probe"], "--probe estimates costs for --dry-run"),
    ],
)
def test_a_wrong_option_of_a_sweep_is_one_sentence(words: list[str], message: str, tmp_path: Path, capsys) -> None:
    code, error = outcome(capsys, sweep, [str(tmp_path / "any.toml"), *words])
    assert code == 2
    assert message in error
    assert len(error.splitlines()) == 1


@pytest.mark.usefixtures("small_phantom", "thin")
def test_a_dry_run_prices_cells_by_the_table_or_by_a_probe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    path = tmp_path / "one.toml"
    path.write_text("title='One'\ndataset='phantom'\n[[cells]]\nmethods=['supervised']\npresets=['smoke']\n")
    words = [str(path), "--out", str(tmp_path / "out"), "--jobs", "2", "--device", "cpu", "--dry-run"]
    assert sweep.command(words) == 0
    assert "with 2 at once, by the table of --help" in capsys.readouterr().out
    assert sweep.command([*words, "--probe"]) == 0
    said = capsys.readouterr().out
    assert "with 2 at once, by a probe" in said and "no past run" not in said and "canary" not in said
    monkeypatch.setattr(dry_run, "LONG_SECONDS", 0)
    assert sweep.command(words) == 0
    assert capsys.readouterr().out.endswith("before so long a sweep: python -m benchmark.canary supervised\n")
    assert not (tmp_path / "out").exists()
