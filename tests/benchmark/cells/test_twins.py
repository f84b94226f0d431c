"""Twins: a method that names none has none, and what contradicts a twin is refused before anything runs."""

from __future__ import annotations

import re
from argparse import Namespace
from pathlib import Path

import pytest

from benchmark.cells.cell import Cell, Wish, resolve_cell
from benchmark.cells.protocol import read_protocol
from benchmark.errors import UsageError
from benchmark.launchers.plan import planned
from data.catalog import find
from methods.em import EntropyMinimisation

NO_TWIN = "em names no twin (its class attribute `twin` is empty)"


def cell(**wish: object) -> Cell:
    given = {"method": "em", "dataset": "phantom", "preset": "smoke", "labeled": 3, **wish}
    return resolve_cell(Wish.model_validate(given), find("phantom"), "cpu")


def protocol(folder: Path, block: str) -> Path:
    path = folder / "p.toml"
    path.write_text(f'title = "t"\ndataset = "phantom"\n[[cells]]\n{block}\npresets = ["smoke"]\n')
    return path


@pytest.fixture
def no_twin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EntropyMinimisation, "twin", {})


@pytest.mark.usefixtures("no_twin")
def test_a_twin_of_a_method_that_names_none_is_refused() -> None:
    with pytest.raises(UsageError, match=re.escape(NO_TWIN)):
        cell(twin=True)


@pytest.mark.usefixtures("no_twin")
def test_a_protocol_that_asks_for_such_a_twin_is_refused_with_its_place(tmp_path: Path) -> None:
    path = protocol(tmp_path, 'methods = ["mean_teacher", "em"]\ntwins = true')
    with pytest.raises(UsageError, match=re.escape(f"{path}: [[cells]] block 1: twins = true, but {NO_TWIN}")):
        read_protocol(path).wishes()


@pytest.mark.usefixtures("no_twin")
def test_a_sweep_with_twins_leaves_such_methods_out_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = protocol(tmp_path, 'methods = ["mean_teacher", "em", "supervised"]')
    plan = planned(Namespace(protocol=path, twin=True, data_root=None, preset=None), "cpu")
    found = [(one.method, one.twin) for one in plan.cells]
    assert found == [("mean_teacher", False), ("em", False), ("supervised", False), ("mean_teacher", True)]
    words = "--twin leaves out em (names no twin), supervised (learns from labels only)\n"
    assert words in capsys.readouterr().out


def test_what_contradicts_a_twin_is_refused_and_what_says_the_same_is_not() -> None:
    words = "--set weight=0.5: the twin of em is what has weight 0.0; leave --set weight or --twin out"
    with pytest.raises(UsageError, match=re.escape(words)):
        cell(twin=True, set={"weight": 0.5})
    assert cell(twin=True, set={"weight": 0.0}).config["weight"] == 0.0
    assert cell(twin=True, set={"ramp": 0.5}).config["ramp"] == 0.5


def test_a_grid_over_what_weighs_nothing_in_a_twin_has_one_twin(tmp_path: Path) -> None:
    path = protocol(tmp_path, 'methods = ["em"]\nset = { weight = [0.1, 0.5], ramp = 0.5 }\ntwins = true')
    found = [(one.twin, dict(one.set)) for one in read_protocol(path).wishes()]
    assert found == [
        (False, {"weight": 0.1, "ramp": 0.5}),
        (False, {"weight": 0.5, "ramp": 0.5}),
        (True, {"ramp": 0.5}),
    ]
