"""The canary: the same code is the same, other rounding is told from another method, and what is kept is whole."""

from __future__ import annotations

import warnings
from functools import cache
from pathlib import Path

import pytest
import torch

from benchmark import canary
from benchmark.canaries import rehearsal
from benchmark.canaries.rehearsal import measured, take
from benchmark.canaries.traces import Trace, Traces, compare
from benchmark.command import main
from benchmark.environment.code import taken
from results import same_code
from results.code import code_of
from results.same_code import SameCode

CPU = torch.device("cpu")
LR = 0.003  # of the preset
UPDATES = 6
STAGES = pytest.param("bcp", marks=pytest.mark.slow)  # two of them


@cache
def kept(name: str) -> Trace:
    return measured(name, UPDATES, CPU, take(name, UPDATES, CPU))


def said(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, list[str]]:
    with pytest.raises(SystemExit) as ended:
        main("benchmark.canary", lambda: canary.command([str(word) for word in words]))
    captured = capsys.readouterr()
    return int(str(ended.value.code)), (captured.out + captured.err).splitlines()


@pytest.fixture(autouse=True)
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where these tests write down which codes are the same, which is not in the repository."""
    path = tmp_path / "written" / "same_code.json"
    monkeypatch.setattr(same_code, "SAME_CODE", path)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder that keeps a trace of supervised training."""
    Traces(tmp_path).save(rehearsal.version(), "cpu", {"supervised": kept("supervised")})
    return tmp_path


WORDS = ("supervised", "--updates", str(UPDATES), "--device", "cpu", "--traces")


def test_the_same_code_is_the_same_to_the_last_bit(folder: Path, capsys) -> None:
    assert said(capsys, *WORDS, folder) == (0, ["supervised       same"])


@pytest.mark.parametrize("name", ["supervised", "mean_teacher", STAGES])
def test_a_hundredth_more_learning_rate_is_another_method(name: str) -> None:
    other = take(name, UPDATES, CPU, overrides={"lr": 1.01 * LR})
    assert compare(kept(name), other).said == "different method"


@pytest.mark.parametrize("name", ["supervised", STAGES])
def test_another_number_of_threads_is_no_other_method(name: str) -> None:
    assert compare(kept(name), take(name, UPDATES, CPU, threads=2)).said in ("same", "numerically different")


@pytest.mark.parametrize("name", ["supervised", STAGES])
def test_another_convolution_library_is_no_other_method(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of an accelerator that is not there
        with torch.backends.mkldnn.flags(enabled=False):
            other = take(name, UPDATES, CPU)
    assert compare(kept(name), other).said in ("same", "numerically different")


def code(dataset: str = "acdc") -> str:
    trained = code_of(taken().checkout.parts("supervised", dataset)).trained
    assert trained is not None
    return trained


def test_what_is_called_the_same_as_a_kept_trace_is_written_down_with_the_code_of_before(
    folder: Path, written: Path, capsys, monkeypatch
) -> None:
    monkeypatch.setattr(canary, "UPDATES", UPDATES)
    before = SameCode({})
    before.add("supervised", kept("supervised").digest, ["code-before"])
    before.write()
    assert said(capsys, *WORDS, folder)[1][-1] == f"which codes are the same is written down in {written}"
    found = SameCode.read()
    assert found.calls_same("supervised", "code-before", code()) and found.calls_same(
        "supervised", code("phantom"), code()
    )
    assert not found.calls_same("supervised", "code-before", "code-other") and not found.calls_same(
        "em", "code-before", code()
    )
    assert said(capsys, *WORDS, folder) == (0, ["supervised       same"])  # nothing new


def test_codes_of_one_trace_are_the_same_where_the_kept_one_is_of_another_processor(
    tmp_path: Path, written: Path, capsys, monkeypatch
) -> None:
    monkeypatch.setattr(canary, "UPDATES", UPDATES)
    here = kept("supervised")
    first = next(iter(here.series))
    there = here.series[first].model_copy(update={"values": tuple(1.00001 * one for one in here.series[first].values)})
    elsewhere = here.model_copy(update={"series": {**here.series, first: there}})
    Traces(tmp_path).save(rehearsal.version(), "cpu", {"supervised": elsewhere})
    before = SameCode({})
    before.add("supervised", here.digest, ["code-before"])
    before.add("supervised", elsewhere.digest, ["code-of-other-digits"])
    before.write()
    status, (line, *_) = said(capsys, *WORDS, tmp_path)
    assert status == 0 and line.startswith("supervised       numerically different: ")
    assert SameCode.read().calls_same("supervised", "code-before", code())
    assert not SameCode.read().calls_same("supervised", "code-of-other-digits", code())


def test_a_kept_trace_of_another_method_begins_a_new_set(tmp_path: Path, written: Path, capsys, monkeypatch) -> None:
    monkeypatch.setattr(canary, "UPDATES", UPDATES)
    other = take("supervised", UPDATES, CPU, overrides={"momentum": 0.91})
    Traces(tmp_path).save(rehearsal.version(), "cpu", {"supervised": other})
    before = SameCode({})
    before.add("supervised", other.digest, ["code-before"])
    before.write()
    content = written.read_bytes()
    assert said(capsys, *WORDS, tmp_path)[0] == 1
    assert written.read_bytes() == content
    assert said(capsys, *WORDS, tmp_path, "--keep")[0] == 0
    assert not SameCode.read().calls_same("supervised", "code-before", code())
    assert SameCode.read().calls_same("supervised", code("phantom"), code())


def test_a_training_of_another_length_says_nothing_of_codes(folder: Path, written: Path, capsys) -> None:
    assert said(capsys, *WORDS, folder) == (0, ["supervised       same"])
    assert not written.exists()


def test_another_method_fails_the_command_until_it_is_kept(tmp_path: Path, capsys, monkeypatch) -> None:
    monkeypatch.setattr(canary, "UPDATES", UPDATES)
    other = take("supervised", UPDATES, CPU, overrides={"momentum": 0.91})
    Traces(tmp_path).save(rehearsal.version(), "cpu", {"supervised": other, "bcp": other})
    code, (line, advice) = said(capsys, *WORDS, tmp_path)
    assert code == 1
    assert line.startswith("supervised       different method: train: ")
    assert "--keep" in advice
    assert said(capsys, *WORDS, tmp_path, "--keep")[0] == 0
    assert said(capsys, *WORDS, tmp_path)[0] == 0
    found = Traces(tmp_path).load(rehearsal.version(), "cpu")
    assert found is not None
    assert found.traces["bcp"] == other


def test_what_was_compared_with_nothing_fails_and_says_how_to_keep_a_trace(tmp_path: Path, capsys) -> None:
    code, (line, sum_) = said(capsys, *WORDS, tmp_path)
    assert code == 1
    assert f"no trace kept for torch {rehearsal.version()} on cpu" in line
    assert line.endswith("--keep makes one")
    assert sum_.startswith("1 of 1 compared with nothing")


def test_traces_of_another_number_of_updates_are_not_compared(folder: Path, capsys) -> None:
    code, (line, _) = said(capsys, "supervised", "--updates", "3", "--device", "cpu", "--traces", folder)
    assert code == 1
    assert "no trace kept" in line and "with 3 updates" in line


def test_traces_of_another_number_of_updates_are_not_kept(folder: Path, capsys) -> None:
    code, (line,) = said(capsys, *WORDS, folder, "--keep")
    assert code == 2
    assert f"--keep keeps traces of {canary.UPDATES} updates, none of {UPDATES}" in line


@pytest.mark.parametrize(("momentum", "code", "verdict"), [(0.9, 0, "same"), (0.91, 1, "different method: train: ")])
def test_beside_another_torch_it_is_compared_and_that_torch_named(
    momentum: float, code: int, verdict: str, tmp_path: Path, capsys, monkeypatch
) -> None:
    for older in ("0.9", "1.10", "1.9"):
        Traces(tmp_path).save(older, "cpu", {})
    before = rehearsal.version()
    trace = take("supervised", UPDATES, CPU, overrides={"momentum": momentum})
    Traces(tmp_path).save(before, "cpu", {"supervised": trace})
    monkeypatch.setattr(rehearsal, "version", lambda: "99.0")
    ended, lines = said(capsys, *WORDS, tmp_path)
    assert ended == code
    assert "no trace kept for torch 99.0 on cpu" in lines[0]
    assert f"beside torch {before}: {verdict}" in lines[0]


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
    assert (code, lines) == (2, ["error: there is no method 'acton'; did you mean action?"])


def test_no_updates_is_wrong_usage(folder: Path, capsys) -> None:
    code, lines = said(capsys, "--updates", "0", "--traces", folder)
    assert (code, lines) == (2, ["error: --updates 0: expected 1 or more"])
