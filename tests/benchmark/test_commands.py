"""The commands as a user types them: wrong input is one sentence with its exit code, and nothing is half-written."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from benchmark import methods, run, sweep
from tests.benchmark.outcome import outcome

SMOKE = ["--method", "supervised", "--dataset", "phantom", "--preset", "smoke", "--device", "cpu"]


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
        (["--set", "lr=[1,2]"], 2, "--set lr: expected one value and no list, for example --set lr=0.02"),
        (["--set", 'lr={"a":1}'], 2, "--set lr: expected one value and no mapping, for example --set lr=0.02"),
        (["--set", "size=[32]"], 2, "--set size: expected one value and no list"),
        (["--dataset", ""], 2, "no data set ''; known are acdc, lits, phantom, phantom_close, and any folder by"),
        (["--dataset", "a\nb"], 2, "no data set 'a\\nb'; known are acdc"),
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
        ("mona", "MONA.md", {*range(1, 32)} - {4, 8, 16, 17, 27, 28, 29}),  # and no official, whose loader would differ
    ],
)
def test_the_docs_table_of_differences_is_the_printed_one(capsys, name: str, page: str, rows: set[int]) -> None:
    assert methods.command([name, "--markdown"]) == 0
    printed = capsys.readouterr().out
    assert (Path(__file__).parents[2] / "docs" / page).read_text().endswith(printed)
    first = [row.split("|")[1].strip() for row in printed.splitlines() if row]
    assert {int(number) for number in first if number.isdigit()} == rows
