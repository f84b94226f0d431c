"""``benchmark.methods --licences``: the ledger of this repository's methods, data sets, and of code from outside."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark import methods
from methods.registry import entries
from results import licences
from tests.benchmark.outcome import outcome
from tests.benchmark.outside.strangers import installed, written


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    capsys.readouterr()
    assert methods.command([*words, "--licences"]) == 0
    return capsys.readouterr().out.splitlines()


def test_the_ledger_names_paper_code_and_licence_of_all(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys)
    assert [line.split()[0] for line in lines if line[0] != " "] == [
        "methods:", *entries(), "data", "acdc", "lits", "phantom", "phantom_close", "a",
        "other", *licences.ledger().elsewhere,
    ]  # fmt: skip
    of_cps = lines.index("cps               Chen et al., CVPR 2021, arXiv 2106.01226")
    assert [line.strip() for line in lines[of_cps + 1 : of_cps + 3]] == [
        "HiLab-git/SSL4MIS @06df604: MIT (LICENSE @d92cd41)",
        "charlesCXK/TorchSemiSeg @c0a13ce: MIT (LICENSE @6dcc5af)",
    ]
    assert "charlesyou999648/ACTION @77730a7: none given: all rights reserved" in "\n".join(lines)
    of_scores = lines.index("benchmark/metrics/conventions.py")
    assert "xmed-lab/DHC @6ec1a63 @990998d: MIT (LICENSE @b97c180)" in map(
        str.strip, lines[of_scores + 1 : of_scores + 9]
    )
    assert "CC BY-NC-SA 4.0: non-commercial use only" in "\n".join(lines)


def test_a_method_without_an_entry_is_not_stated(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    known = licences.ledger()
    left = known.model_copy(update={"methods": {name: code for name, code in known.methods.items() if name != "em"}})
    monkeypatch.setattr("benchmark.outside.ledger.ledger", lambda: left)
    assert printed(capsys, "em")[1].strip() == "whose code was looked at is not stated"


def test_a_file_from_outside_is_as_it_states_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path / "m.py")
    assert printed(capsys, str(file))[1].strip() == "not of this repository: m.py, licence not stated"
    file.write_text("# SPDX-License-Identifier: MIT\n" + file.read_text())
    assert printed(capsys, str(file))[1].strip() == "not of this repository: m.py, licence MIT"


def test_installed_packages_are_in_the_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    installed(tmp_path, monkeypatch, "sets", "[action_bench.datasets]\nhearts = sets:found\n")
    (line,) = [line for line in printed(capsys) if line.startswith("hearts")]
    assert (
        line == f"{'hearts':17} not of this repository: sets 1.0, licence not stated; terms of the data not stated here"
    )
    meta = tmp_path / "sets-1.0.dist-info" / "METADATA"
    meta.write_text(meta.read_text() + "Classifier: License :: OSI Approved :: MIT License\n")
    assert any("sets 1.0, licence MIT License;" in line for line in printed(capsys))


def test_two_lists_at_once_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    code, error = outcome(capsys, methods, ["--licences", "--markdown"])
    assert code == 2 and "--licences and --markdown are two lists" in error
