"""``benchmark.advise`` on a method of one's own, by its file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from benchmark import advise
from benchmark.advising.everything import on_everything
from benchmark.advising.kept import Places
from benchmark.advising.ladder import ALONE
from benchmark.advising.subject import subject_of
from benchmark.launchers.forecast import Pace
from results.store import Store
from tests.benchmark.outside.strangers import written
from tests.benchmark.test_advise import LEAST, WORDS, pair, patch

__all__ = ["pair", "patch"]


def test_a_method_of_ones_own_is_asked_about_by_its_file(
    pair: Path, tmp_path: Path, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out = written(tmp_path / "mine" / "my_method.py"), tmp_path / "out"
    patch.setattr("benchmark.advising.planning.Probe", lambda *_: of_mine)
    patch.chdir(tmp_path / "mine")
    asked = [str(pair), "--methods", "./my_method.py", *WORDS[2:], str(LEAST), "--out", str(out)]
    assert advise.command(asked) == 0
    said = capsys.readouterr().out
    assert "supervised_strong; mine, each with its twin" in said and "supervised_strong 1000 ms, mine 500 ms" in said
    assert {one.record.cell.method for one in Store(out).records()} == {*ALONE, "mine"}
    subject, places = subject_of(str(pair), None), Places(out, "blocks")
    decided = json.loads(places.plan.read_text())["decided"]
    assert on_everything(subject, places, ("mine", False), decided, None)[4] == str(file)
    patch.setattr("benchmark.advising.planning.Probe", lambda *_: pytest.fail("it was planned before"))
    assert advise.command([*asked, "--dry-run"]) == 0
    file.write_text(file.read_text().replace("cited(0.1", "cited(0.2"))
    patch.setattr("benchmark.advising.planning.Probe", lambda *_: of_mine)
    assert advise.command([*asked, "--dry-run"]) == 0
    assert "probing supervised, supervised_strong, mine for their pace" in capsys.readouterr().out


def of_mine(preset: str) -> Mapping[str, Pace]:
    (file,) = Path.cwd().glob("my_method.py")
    return {**dict.fromkeys(ALONE, Pace(1.0, 8.0)), str(file): Pace(0.5, 8.0)}
