"""The canary: the same code is the same, other rounding is told from another method, and what is kept is whole."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
import torch

from benchmark import canary, rehearsal
from benchmark.command import main
from benchmark.rehearsal import measured, take
from benchmark.traces import FACTOR, FLOOR, Trace, Traces, compare

CPU = torch.device("cpu")
LR = 0.003  # of the preset
UPDATES = 6
FAMILIES = ["supervised", "mean_teacher", "bcp"]  # one network, a teacher, two stages


@cache
def kept(name: str) -> Trace:
    return measured(name, UPDATES, CPU, take(name, UPDATES, CPU))


def said(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, list[str]]:
    with pytest.raises(SystemExit) as ended:
        main("benchmark.canary", lambda: canary.command([str(word) for word in words]))
    captured = capsys.readouterr()
    return int(str(ended.value.code)), (captured.out + captured.err).splitlines()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder that keeps a trace of supervised training."""
    Traces(tmp_path).save(rehearsal.version(), "cpu", {"supervised": kept("supervised")})
    return tmp_path


WORDS = ("supervised", "--updates", str(UPDATES), "--device", "cpu", "--traces")


def test_the_same_code_is_the_same_to_the_last_bit(folder: Path, capsys) -> None:
    assert said(capsys, *WORDS, folder) == (0, ["supervised       same"])


@pytest.mark.parametrize("name", FAMILIES)
def test_a_hundredth_more_learning_rate_is_another_method(name: str) -> None:
    other = take(name, UPDATES, CPU, overrides={"lr": 1.01 * LR})
    assert compare(kept(name), other).said == "different method"


@pytest.mark.parametrize("name", ["supervised", "bcp"])
def test_another_number_of_threads_is_no_other_method(name: str) -> None:
    assert compare(kept(name), take(name, UPDATES, CPU, threads=2)).said in ("same", "numerically different")


def test_another_method_fails_the_command_until_it_is_kept(tmp_path: Path, capsys) -> None:
    other = take("supervised", UPDATES, CPU, overrides={"momentum": 0.91})
    changed = kept("supervised").model_copy(update={"totals": other.totals})
    Traces(tmp_path).save(rehearsal.version(), "cpu", {"supervised": changed})
    code, (line, advice) = said(capsys, *WORDS, tmp_path)
    assert code == 1
    assert line.startswith("supervised       different method: loss ")
    assert "--keep" in advice
    assert said(capsys, *WORDS, tmp_path, "--keep")[0] == 0
    assert said(capsys, *WORDS, tmp_path)[0] == 0


def test_without_a_kept_trace_it_says_how_to_make_one_and_does_not_fail(tmp_path: Path, capsys) -> None:
    code, (line,) = said(capsys, *WORDS, tmp_path)
    assert code == 0
    assert f"no trace kept for torch {rehearsal.version()} on cpu" in line
    assert line.endswith("--keep makes one")


def test_traces_of_another_number_of_updates_are_not_compared(folder: Path, capsys) -> None:
    code, (line,) = said(capsys, "supervised", "--updates", "3", "--device", "cpu", "--traces", folder)
    assert code == 0
    assert "no trace kept" in line and "with 3 updates" in line


def test_beside_another_torch_it_is_compared_and_that_torch_named(folder: Path, capsys, monkeypatch) -> None:
    before = rehearsal.version()
    for older in ("0.9", "1.10", "1.9"):
        Traces(folder).save(older, "cpu", {})
    monkeypatch.setattr(rehearsal, "version", lambda: "99.0")
    code, (line,) = said(capsys, *WORDS, folder)
    assert code == 0
    assert "no trace kept for torch 99.0 on cpu" in line
    assert line.endswith(f"beside torch {before}: same")


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-40],
        lambda text: text.replace("0.", "1.", 1),
        lambda text: text.replace('"cpu"', '"cuda"'),
        lambda text: "[]",
        lambda text: "{}",
    ],
)
def test_a_damaged_trace_file_is_one_sentence(damage, folder: Path, capsys) -> None:
    (path,) = folder.iterdir()
    path.write_text(damage(path.read_text()))
    code, lines = said(capsys, *WORDS, folder)
    assert (code, len(lines)) == (1, 1)
    assert f"{path} is damaged or changed by hand" in lines[0]


def test_an_unknown_method_is_one_sentence_before_anything_is_trained(folder: Path, capsys) -> None:
    code, lines = said(capsys, "supervised", "acton", "--traces", folder)
    assert (code, lines) == (1, ["error: there is no method 'acton'; did you mean action?"])


def test_no_updates_is_wrong_usage(folder: Path, capsys) -> None:
    code, lines = said(capsys, "--updates", "0", "--traces", folder)
    assert (code, lines) == (2, ["error: --updates 0: expected 1 or more"])


def trace(*totals: float, rounding: tuple[float, ...] = (), stage: str = "train") -> Trace:
    return Trace(setup="s", stages=((stage, len(totals)),), totals=totals, rounding=rounding)


def test_rounding_explains_later_what_it_does_not_explain_at_first() -> None:
    before = trace(1.0, 1.0, 1.0, rounding=(0.0, 1e-3, 0.0))
    assert compare(before, trace(1 + FLOOR / 2, 1.0, 1.0)).said == "numerically different"
    assert compare(before, trace(1 + FLOOR * 2, 1.0, 1.0)).said == "different method"
    assert compare(before, trace(1.0, 1.0, 1 + FACTOR * 5e-4)).said == "numerically different"
    assert compare(before, trace(1.0, 1.0, 1 + FACTOR * 2e-3)).said == "different method"


def test_a_verdict_names_the_largest_difference_and_its_update() -> None:
    verdict = compare(trace(2.0, 2.0, rounding=(1e-3, 1e-3)), trace(2.0, 2.004))
    assert str(verdict).startswith("numerically different: loss at most 2.0e-03 off, at update 2;")


def test_other_stages_are_another_method_whatever_the_losses() -> None:
    verdict = compare(trace(1.0), trace(1.0, stage="global"))
    assert str(verdict) == "different method: its stages are global 1; they were train 1"
