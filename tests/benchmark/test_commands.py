"""The commands as a user types them: wrong input is one sentence with its exit code, and nothing is half-written."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from benchmark import methods, run, status, sweep
from benchmark.command import main
from benchmark.launchers import plan
from benchmark.launchers.job import attempt

SMOKE = ["--method", "supervised", "--dataset", "phantom", "--preset", "smoke", "--device", "cpu"]


def outcome(capsys: pytest.CaptureFixture[str], command, words: list[str]) -> tuple[int, str]:
    with pytest.raises(SystemExit) as ended:
        main("benchmark.run", lambda: command.command(words))
    code = ended.value.code
    return (code if isinstance(code, int) else 1), capsys.readouterr().err


@pytest.fixture
def no_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("ACTION_BENCH_DATA", str(tmp_path / "nowhere"))
    monkeypatch.setattr("data.catalog.RAW", tmp_path / "raw")
    return tmp_path


def test_acdc_that_is_not_there_says_where_it_looked_and_what_needs_no_data(no_data: Path, capsys) -> None:
    code, error = outcome(capsys, run, ["--method", "action", "--dataset", "acdc", "--device", "cpu"])
    assert code == 1
    assert len(error.splitlines()) == 1
    for words in ("nowhere", "raw", "patient001_frame01.nii.gz", "apply for the data", "make demo"):
        assert words in error


def test_replicating_without_the_data_is_one_message_and_exit_1(no_data: Path, capsys) -> None:
    protocol = Path(__file__).parents[2] / "protocols" / "acdc.toml"
    code, error = outcome(capsys, sweep, [str(protocol), "--out", str(no_data / "out")])
    assert (code, len(error.splitlines())) == (1, 1)
    assert not (no_data / "out").exists()


def test_auto_takes_no_phantom_for_a_named_place_without_acdc(no_data: Path, capsys) -> None:
    for words in ([], ["--data-root", str(no_data)]):
        code, error = outcome(capsys, run, ["--method", "supervised", "--out", str(no_data / "out"), *words])
        assert (code, len(error.splitlines())) == (1, 1)
        assert "ACDC was not found; looked in" in error and str(no_data) in error
    assert not (no_data / "out").exists()


@pytest.mark.usefixtures("small_phantom", "thin", "no_page")
def test_auto_takes_the_phantom_where_nothing_is_named_and_says_so(no_data: Path, capsys, monkeypatch) -> None:
    monkeypatch.delenv("ACTION_BENCH_DATA")
    words = ["--method", "supervised", "--preset", "smoke", "--device", "cpu", "--out", str(no_data / "out")]
    assert run.command([*words, "--set=updates=1", "--set=validations=1"]) == 0
    printed = capsys.readouterr().out
    assert "data set: phantom" in printed
    assert re.search(r"^labelled: 1 of 4 training patients$", printed, re.MULTILINE)
    assert "phantom: network last: mean Dice" in printed
    assert "(what counts: predictor network, rule last)" in printed
    assert printed.count("1 update is too few to learn from") == 2  # before the training, and beside the number
    (record,) = (no_data / "out").glob("*/record.json")
    assert '"dataset": "phantom"' in record.read_text()


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--set", "lr"], 2, "--set lr: expected FIELD=VALUE"),
        (["--set", "colour=red"], 2, "--set colour: supervised and the preset have no such field"),
        (["--set", "size=100"], 2, "multiple of 32"),
        (["--device", "tpu"], 2, "--device tpu: known are auto, cpu, cuda"),
        (["--set", "size=100000000"], 2, "less than or equal to 8192"),
        (["--set", "weight=1", "--set", "weight=2"], 2, "--set weight=2: weight is given twice; give it once"),
        (["--threads", "0"], 2, "--threads 0: expected 1 to 1024"),
        (["--threads", "100000"], 2, "--threads 100000: expected 1 to 1024"),
        (["--dataset", "fantom"], 2, "no data set 'fantom'; did you mean phantom?"),
        (["--dataset", "lit"], 2, "no data set 'lit'; did you mean lits?"),
        (["--data-root", "/no/such/folder", "--dataset", "acdc"], 1, "--data-root /no/such/folder is not a folder"),
        (["--method", "acton"], 2, "no method 'acton'; did you mean action?"),
        (["--backbone", "resnet81"], 2, "no encoder 'resnet81'; did you mean"),
        (["--backbone", "unett:resnet18"], 2, "no architecture 'unett'; did you mean unet?"),
        (["--set", "weights=imagenet"], 2, "unet has no pretrained weights"),
        (["--ratio", "2"], 2, "--ratio 2: expected a number above 0 and up to 1"),
    ],
)
def test_a_wrong_option_is_one_sentence(words: list[str], code: int, message: str, tmp_path: Path, capsys) -> None:
    given, error = outcome(capsys, run, [*SMOKE, "--out", str(tmp_path / "out"), *words])
    assert given == code
    assert message in error
    assert len(error.splitlines()) == 1
    assert not list(tmp_path.glob("out/*/record.json"))


@pytest.mark.usefixtures("small_phantom", "thin", "no_page")
def test_a_second_run_of_a_cell_is_not_trained_again(tmp_path: Path, capsys) -> None:
    words = [*SMOKE, "--out", str(tmp_path), "--set=updates=1", "--set=validations=1"]
    assert run.command(words) == 0
    (record,) = tmp_path.glob("*/record.json")
    before = record.stat().st_mtime_ns
    assert run.command(words) == 0
    assert "is done already" in capsys.readouterr().out
    assert record.stat().st_mtime_ns == before
    assert run.command([*words, "--force"]) == 0
    assert record.stat().st_mtime_ns > before


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


@pytest.mark.usefixtures("small_phantom")
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


@pytest.mark.usefixtures("small_phantom")
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
def test_a_dry_run_prices_cells_by_past_runs_or_by_a_probe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    path = tmp_path / "one.toml"
    path.write_text("title='One'\ndataset='phantom'\n[[cells]]\nmethods=['supervised']\npresets=['smoke']\n")
    words = [str(path), "--out", str(tmp_path / "out"), "--jobs", "2", "--device", "cpu", "--dry-run"]
    assert sweep.command(words) == 0
    said = capsys.readouterr().out
    assert said.endswith("no past run tells what 1 cell would cost; --probe times 20 updates of such methods\n")
    assert "minutes of runs" not in said  # a sum of nothing
    assert sweep.command([*words, "--probe"]) == 0
    said = capsys.readouterr().out
    assert "with 2 at once, by a probe" in said and "unknown" not in said and "canary" not in said
    monkeypatch.setattr(plan, "LONG_SECONDS", 0)
    assert sweep.command(words) == 0
    assert capsys.readouterr().out.endswith("before so long a sweep: python -m benchmark.canary supervised\n")
    assert not (tmp_path / "out").exists()


def test_methods_lists_each_with_its_paper_and_constants(capsys) -> None:
    assert methods.command([]) == 0
    assert "You et al., IPMI 2023" in capsys.readouterr().out
    assert methods.command(["action"]) == 0
    assert "teacher_temperature" in capsys.readouterr().out


@pytest.mark.usefixtures("small_phantom", "thin", "no_page")
def test_scores_need_whole_masks_only_after_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Training and choosing read no mask of a test or unlabelled patient."""
    from data.sources.phantom import Phantom

    seen: list[tuple[str, bool]] = []
    cases = Phantom.cases

    def watched(self, patients, masks=True):
        seen.extend((patient, masks) for patient in patients)
        return cases(self, patients, masks)

    monkeypatch.setattr(Phantom, "cases", watched)
    words = ["--method", "mean_teacher", *SMOKE[2:], "--labeled", "2", "--out", str(tmp_path)]
    assert run.command([*words, "--set=updates=1", "--set=validations=1"]) == 0
    from data.catalog import find

    split = find("phantom").split
    first_test = min(k for k, (patient, _) in enumerate(seen) if patient in split.test)
    assert {patient for patient, masks in seen if masks and patient in split.train} == set(split.train[:2])
    assert all(patient in split.test for patient, _ in seen[first_test:])
    assert np.all([masks for _, masks in seen[first_test:]])


@pytest.mark.parametrize(
    ("name", "page", "rows"),
    [
        ("action", "ACTION.md", {*range(1, 32)}),
        ("action_plus", "ACTION_PLUS.md", {*range(1, 37)} - {16, 17}),  # its code has one average and no extra pass
    ],
)
def test_the_docs_table_of_differences_is_the_printed_one(capsys, name: str, page: str, rows: set[int]) -> None:
    assert methods.command([name, "--markdown"]) == 0
    printed = capsys.readouterr().out
    assert (Path(__file__).parents[2] / "docs" / page).read_text().endswith(printed)
    first = [row.split("|")[1].strip() for row in printed.splitlines() if row]
    assert {int(number) for number in first if number.isdigit()} == rows
