"""A home folder that nobody has, and a file's name that is no text, are one sentence each."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from data import catalog
from data.errors import DataError, DataUsageError
from data.plan import command as plan
from data.preparing.place import VARIABLE
from tests.data.folders.toy import nnunet
from tests.data.preparing.toy import prepare

NOBODY = "~nobody-is-called-so/p"
SAID = f"{NOBODY}: the home folder that it begins with is not known here; write it out"


def test_a_home_folder_of_nobody_is_wrong_usage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = nnunet(tmp_path / "toy")
    for act in (
        lambda: prepare(root, "--out", NOBODY),
        lambda: prepare(NOBODY),
        lambda: catalog.find(NOBODY),
        lambda: (monkeypatch.setenv(VARIABLE, NOBODY), prepare(root)),
    ):
        with pytest.raises(DataUsageError) as error:
            act()
        assert str(error.value) == SAID


@pytest.mark.parametrize("act", [lambda root: prepare(root), lambda root: plan([str(root)])], ids=["prepare", "plan"])
def test_a_files_name_that_is_no_text_is_one_sentence(tmp_path: Path, plans: Path, act) -> None:
    root = nnunet(tmp_path / "toy", masked=8)
    for folder, end in (("imagesTr", b"_0000.nii.gz"), ("labelsTr", b".nii.gz")):
        (root / folder / f"c_01{os.fsdecode(end)}").rename(root / folder / os.fsdecode(b"c_\xff" + end))
    with pytest.raises(DataError, match=r"a file's name, .*, is no UTF-8; rename that file"):
        act(root)
    assert not list(plans.glob("*.json"))
