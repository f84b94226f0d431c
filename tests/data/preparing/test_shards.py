"""What is damaged is named or made anew, what was killed goes on, and what is whole is looked at once."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from data import catalog
from data.errors import DataError, DataUsageError
from data.preparing import shards as module
from data.preparing.place import PLACE, VARIABLE, place_of, place_to_fill
from data.preparing.shards import Shards
from tests.data.folders.toy import nnunet
from tests.data.preparing.test_prepare import grid_of
from tests.data.preparing.toy import prepare, shards


def found(root: Path, place: Path, masks: bool = True) -> list[object]:
    source = catalog.find(str(root))
    return Shards(place, grid_of(source)).found(source.known(source.split.train), masks)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-7] ^= 1
    path.write_bytes(content)


HARM = {
    "digit": flip,
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-64]),
    "gone": lambda path: path.unlink(),
    "empty": lambda path: path.write_bytes(b""),
}


@pytest.mark.parametrize("harm", HARM)
@pytest.mark.parametrize("kind", ["images.npy", "masks.npy", "json"])
def test_a_damaged_file_is_one_sentence_in_a_run_and_is_made_anew(
    tmp_path: Path, place: Path, capsys, harm: str, kind: str
) -> None:
    root = nnunet(tmp_path / "toy")
    prepare(root)
    whole = shards(place)
    source = catalog.find(str(root))
    (first,) = Shards(place, grid_of(source)).found(source.known(source.split.train[:1]), True)
    path = Path(str(first.grey.path).replace("images.npy", kind))
    HARM[harm](path)
    if kind == "json" and harm == "gone":
        assert found(root, place)[0] is None  # it was never sealed
    elif kind == "json" and harm == "digit":
        path.write_text(path.read_text().replace('"images": "', '"images": "0'))
        with pytest.raises(DataError, match=r"images\.npy, of the prepared slices of c_\d+, is damaged"):
            found(root, place)
    else:
        with pytest.raises(
            DataError, match=rf"{path.name}(, of the prepared .* is damaged| cannot be read).*data\.prepare"
        ):
            found(root, place)
    if kind == "masks.npy":
        assert len(found(root, place, masks=False)) == len(source.split.train)  # which touches none
    capsys.readouterr()
    assert prepare(root) == 0
    assert "made 1 (" in capsys.readouterr().out
    assert shards(place) == whole


def test_a_whole_file_is_looked_at_once_for_each_of_its_states(
    tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = nnunet(tmp_path / "toy")
    prepare(root)
    looked = list[str]()
    checksum = module.checksum
    monkeypatch.setattr(module, "checksum", lambda path: (looked.append(path.name), checksum(path))[1])
    trained = len(catalog.find(str(root)).split.train)
    for masks, total in ((False, trained), (False, trained), (True, 2 * trained - 2), (True, 2 * trained - 2)):
        found(root, place, masks)
        assert len(looked) == total  # two have no masks
    os.utime(next(place.rglob(looked[0])))
    found(root, place)
    assert looked[total:] == looked[:1]


KILLED = """
import os, sys
from data import prepare
from data.preparing import preparation
note = preparation._note
def noted(*given):
    note(*given)
    if sum(state == "made" for state in given[-1].states.values()) == 3:
        given[1].keep()
        os.kill(os.getpid(), 9)
preparation._note = noted
prepare.command([sys.argv[1], "--size", "32", "--preset", "smoke", "--jobs", sys.argv[2]])
"""


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_killed_one_goes_on_with_the_next_case_and_leaves_nothing(
    tmp_path: Path, place: Path, plans: Path, capsys, jobs: str
) -> None:
    root = nnunet(tmp_path / "toy")
    catalog.find(str(root))
    plan = str(plans / "toy.json")
    time.sleep(2.1)  # until its files count as old to the other process
    ended = subprocess.run([sys.executable, "-c", KILLED, plan, jobs], capture_output=True, timeout=120, check=False)
    assert ended.returncode == -9, ended.stderr
    assert prepare(root) == 0
    said = capsys.readouterr().out
    kept = int(said.partition("kept ")[2].split()[0])
    assert kept >= 3 and f"made {7 - kept} (" in said
    assert not list(place.rglob(".unfinished-*"))
    assert len(shards(place)) == 7 * 2 + 5


def test_two_at_once_leave_what_one_does(tmp_path: Path, place: Path, plans: Path) -> None:
    root = nnunet(tmp_path / "toy")
    catalog.find(str(root))
    words = [sys.executable, "-m", "data.prepare", str(plans / "toy.json"), "--size", "32", "--preset", "smoke"]
    both = [subprocess.Popen([*words, "--out", str(tmp_path / "both"), "--jobs", "1"]) for _ in range(2)]
    assert [one.wait(timeout=120) for one in both] == [0, 0]
    prepare(root)
    assert shards(tmp_path / "both") == shards(place)


def test_the_place_is_the_variables_else_the_checkouts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert place_of() == tmp_path
    monkeypatch.setenv(VARIABLE, str(tmp_path / "file"))
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match=f"file is no folder; {VARIABLE} names the one"):
        place_of()
    monkeypatch.setenv(VARIABLE, str(tmp_path / "gone"))
    with pytest.raises(DataError, match=f"gone, which {VARIABLE} names, is not there; name the folder that slices"):
        place_of()
    assert place_to_fill() == tmp_path / "gone"  # which preparing makes
    monkeypatch.setenv(VARIABLE, "~nobody-is-called-so/prepared")
    for place in (place_of, place_to_fill):
        with pytest.raises(
            DataUsageError, match=r"~nobody-is-called-so/prepared: the home folder .* is not known here"
        ):
            place()
    monkeypatch.delenv(VARIABLE)
    assert place_of() == PLACE and PLACE.parts[-2:] == ("data", "prepared")
