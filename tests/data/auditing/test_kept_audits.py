"""An audit is kept beside its plan, and known to runs on the data that it was of and on no other."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from data import audit as command
from data.auditing.kept import audit_file, audit_of, kept
from data.catalog import find
from data.folders import found
from data.folders.planning import Choices
from tests.data.auditing.toy import EACH_OWN, clean, planned_at, write

NAMES = [f"case_{number:03d}" for number in range(14)]


def test_the_command_keeps_what_it_found_and_exits_with_0_without_a_leak(
    tmp_path: Path, plans: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = clean().write(tmp_path / "toy")
    assert command.command([str(folder), "--json", str(tmp_path / "found.json")]) == 0
    assert "toy: nothing was found" in capsys.readouterr().out
    values = json.loads((tmp_path / "found.json").read_text())
    assert values == json.loads((plans / "toy.audit.json").read_text())
    source = find(str(folder))  # beside the plan lies an audit, which is no plan
    known = audit_of(source)
    assert known is not None and (known.scope, known.fingerprint) == ("all", values["fingerprint"])
    assert (known.content, known.split) == (source.fingerprint(), source.split.fingerprint)


def test_the_command_exits_with_1_on_a_leak_and_the_file_names_all_cases(tmp_path: Path, plans: Path) -> None:
    toy = clean(NAMES)
    toy.images["case_012"] = toy.images["case_003"]
    folder = toy.write(tmp_path / "toy")
    planned_at(folder, train=tuple(NAMES[:9]), val=tuple(NAMES[9:10]), test=tuple(NAMES[10:]))
    assert command.command(["toy", "--json", str(tmp_path / "found.json")]) == 1
    findings = json.loads((tmp_path / "found.json").read_text())["findings"]
    leaks = [(one["kind"], one["cases"]) for one in findings if one["severity"] == "leak"]
    assert leaks == [("equal images", ["case_003", "case_012"])]


def test_of_data_or_a_split_that_changed_names_alone_are_known(tmp_path: Path, plans: Path) -> None:
    folder = clean(NAMES).write(tmp_path / "toy")
    command.command([str(folder)])
    plan = planned_at(folder, test=tuple(NAMES[10:]), train=tuple(NAMES[:9]), val=tuple(NAMES[9:10]))
    known = audit_of(find(str(folder)))
    assert known is not None and (known.scope, known.findings) == ("names", ())
    command.command([str(folder)])
    assert (known := audit_of(find("toy"))) is not None and known.scope == "all"
    write(folder / "imagesTr" / "case_003_0000.nii.gz", np.ones((12, 48, 48), np.float32))
    assert (known := audit_of(find(plan.dataset))) is not None and known.scope == "names"


def test_a_run_knows_frames_torn_apart_without_reading_an_image(
    tmp_path: Path, plans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["p1_frame01", "p1_frame12", *NAMES]
    folder = clean(names).write(tmp_path / "toy")
    parts = {"train": ("p1_frame01", *NAMES[:9]), "val": (NAMES[9],), "test": ("p1_frame12", *NAMES[10:])}
    planned_at(folder, Choices(patients=EACH_OWN), **parts)
    source = find(str(folder))
    source.fingerprint()
    monkeypatch.setattr("data.folders.source.read_volume", lambda *given: pytest.fail("an image was read"))
    known = audit_of(source)
    assert known is not None
    assert [(one.severity, one.cases) for one in known.findings] == [("leak", ("p1_frame01", "p1_frame12"))]


def test_an_audit_changed_by_hand_or_of_another_version_is_none(tmp_path: Path, plans: Path) -> None:
    folder = clean().write(tmp_path / "toy")
    command.command([str(folder)])
    path = audit_file(found.plan_file("toy"))
    for change in ({"findings": [{"severity": "note"}]}, {"form": 99}, {"dataset": "other"}, {"scope": None}):
        before = path.read_text()
        assert kept(path) is not None
        path.write_text(json.dumps({**json.loads(before), **change}))
        assert kept(path) is None
        path.write_text(before)
    path.write_text("[]")
    assert kept(path) is None


def test_a_fold_has_an_audit_of_its_own(tmp_path: Path, plans: Path) -> None:
    toy = clean(NAMES)
    toy.images["case_005"] = toy.images["case_003"]
    folder = toy.write(tmp_path / "toy")
    folds = (tuple(NAMES[:5]), tuple(NAMES[5:]))
    planned_at(folder, folds=folds, train=tuple(NAMES[:9]), val=(NAMES[9],), test=tuple(NAMES[10:]))
    assert command.command([str(folder)]) == 0  # both train
    assert command.command([f"{folder}:fold1"]) == 1  # one of them is tested
    known = audit_of(find(f"{folder}:fold1"))
    assert known is not None and [one.cases for one in known.of("leak")] == [("case_003", "case_005")]


def test_the_audit_needs_no_torch() -> None:
    modules = "data.auditing.examination, data.auditing.opening, data.auditing.kept, data.auditing.table"
    code = f"import sys, {modules}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(("words", "said"), [("nowhere/", "does not exist"), ("no-such-set", "there is no data set")])
def test_what_is_not_there_is_one_sentence(plans: Path, words: str, said: str) -> None:
    with pytest.raises(Exception, match=said) as error:
        command.command([words])
    assert type(error.value).__module__ == "data.errors" and "\n" not in str(error.value)
