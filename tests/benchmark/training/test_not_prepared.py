"""What isn't prepared, or can't be, is read from its files; where prepared slices were meant, that is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmark.training.pools import Pools
from data import catalog
from data.errors import DataError, DataUsageError
from data.installed import OFFERS, Sealed
from data.orientation import say_once
from data.preparing.place import VARIABLE
from data.preparing.preparation import digests_of
from tests.benchmark.training.test_prepared import CPU, cell_of
from tests.data.folders.toy import nnunet
from tests.data.preparing.conftest import place, plans
from tests.data.preparing.toy import prepare

__all__ = ["place", "plans"]


class Theirs:
    """A package's data set with what every one has to offer, and nothing more."""

    def __init__(self, source: Any) -> None:
        for name in OFFERS:
            setattr(self, name, getattr(source, name))


def test_an_installed_data_set_trains_as_before_once_anything_is_prepared_on_its_grid(
    tmp_path: Path, place: Path
) -> None:
    root = nnunet(tmp_path / "toy", masked=8, bare=2)
    cell, source = cell_of(root), catalog.find(str(root))
    theirs = Sealed(Theirs(source))
    before = Pools(cell, theirs, CPU).validation()
    assert prepare(root, "--labeled", "2") == 0
    after = Pools(cell, theirs, CPU).validation()
    assert torch.equal(before.images, after.images) and torch.equal(before.masks, after.masks)
    assert theirs.known(source.split.val) is None
    with pytest.raises(DataError, match="was asked for outside the gate"):
        theirs.known(source.split.test)
    with pytest.raises(DataUsageError, match="toy is an installed package's, which reads its cases itself, so that"):
        digests_of(theirs)


def test_what_an_installed_data_set_says_of_its_cases_is_taken(tmp_path: Path) -> None:
    source = catalog.find(str(nnunet(tmp_path / "toy", masked=8, bare=2)))
    assert Sealed(source).known(source.split.val) == source.known(source.split.val)


def test_slices_on_another_grid_are_told_of_once(tmp_path: Path, place: Path, capsys) -> None:
    say_once.cache_clear()
    root = nnunet(tmp_path / "toy", masked=8, bare=2)
    pools = Pools(cell_of(root), catalog.find(str(root)), CPU)
    pools.validation()
    assert str(place) not in capsys.readouterr().err  # nothing of it is prepared
    assert prepare(root, "--labeled", "2", "--fit", "stretch") == 0
    capsys.readouterr()
    for _ in range(2):
        pools.labeled(), pools.validation()
    said = [line for line in capsys.readouterr().err.splitlines() if str(place) in line]
    assert len(said) == 1
    assert said[0].startswith(f"{place}: slices of toy are prepared, but not on this run's grid; its files are read")


def test_slices_of_another_data_set_are_passed_over(tmp_path: Path, place: Path, capsys) -> None:
    say_once.cache_clear()
    assert prepare(nnunet(tmp_path / "other", masked=8), "--fit", "stretch") == 0
    root = nnunet(tmp_path / "toy", masked=8)
    capsys.readouterr()
    Pools(cell_of(root), catalog.find(str(root)), CPU).validation()
    assert str(place) not in capsys.readouterr().err


def test_a_named_place_that_is_not_there_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = nnunet(tmp_path / "toy", masked=8)
    pools = Pools(cell_of(root), catalog.find(str(root)), CPU)
    monkeypatch.setenv(VARIABLE, str(tmp_path / "gone"))
    with pytest.raises(DataError, match=rf"gone, which {VARIABLE} names, is not there; name the folder that"):
        pools.validation()


def test_that_all_is_held_while_one_case_is_not_prepared_is_said(tmp_path: Path, place: Path, capsys) -> None:
    root = nnunet(tmp_path / "toy", masked=8, bare=2)
    assert prepare(root, "--labeled", "2") == 0
    source = catalog.find(str(root))
    pools = Pools(cell_of(root), source, CPU)
    capsys.readouterr()
    pools.unlabeled()
    assert "all are held" not in capsys.readouterr().err
    (ledger,) = (json.loads(path.read_text(encoding="utf-8")) for path in place.rglob("ledger-toy.json"))
    key = ledger["shards"][source.split.unmasked[0]]
    next(place.rglob(f"{key}.json")).unlink()
    pools.unlabeled()
    assert "; as long as one is not, all are held in memory" in capsys.readouterr().err
