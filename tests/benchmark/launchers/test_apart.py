"""Cells whose ids read the same are told apart by the values in which they differ, and a plan by all of its."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

from benchmark import status, sweep
from benchmark.cells.cell import Cell, Wish, resolve_cell
from benchmark.launchers.apart import apart, overview
from benchmark.launchers.plan import planned
from data.catalog import find
from tests.benchmark.outside.strangers import written

pytestmark = pytest.mark.usefixtures("small_phantom")


def cell(method: str = "supervised", **given: Any) -> Cell:
    wish = Wish(method=method, dataset="phantom", preset="smoke", **{"labeled": 2, **given})
    return resolve_cell(wish, find("phantom"), "cpu")


def said(*cells: Cell) -> list[str]:
    words = apart(cells)
    assert list(words) == [one.id for one in cells]
    return list(words.values())


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (({}, {"set": {"lr": 0.01}}), ["lr=0.03", "lr=0.01"]),
        (({}, {"fidelity": "official"}), ["fidelity=fixed", "fidelity=official"]),
        (
            ({}, {"init_seed": 4}, {"data_seed": 5}),
            ["init_seed=0 data_seed=0", "init_seed=4 data_seed=0", "init_seed=0 data_seed=5"],
        ),
        (({"label_draw": "random"}, {"label_draw": "random", "label_seed": 7}), ["label_seed=0", "label_seed=7"]),
        (({"set": {"size": 32}}, {"set": {"size": 64}}), ["size=32", "size=64"]),
        (
            ({"set": {"lr": 0.1}}, {"set": {"momentum": 0.5}}),
            ["lr=0.1 momentum=0.9", "lr=0.03 momentum=0.5"],
        ),
        (({"seed": 0}, {"seed": 1}), ["", ""]),
    ],
)
def test_each_cell_names_its_value_of_what_its_id_does_not_tell(
    given: tuple[dict[str, Any], ...], words: list[str]
) -> None:
    assert said(*(cell(**one) for one in given)) == words


def test_a_value_that_was_asked_of_one_method_alone_is_named_there() -> None:
    assert said(cell("em"), cell("ict", set={"lr": 0.1})) == ["", "lr=0.1"]
    assert said(cell("em", set={"lr": 0.1}), cell("ict", set={"lr": 0.1})) == ["", ""]


def test_sweep_and_status_say_which_cells_are_twins(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = tmp_path / "two.toml", tmp_path / "out"
    path.write_text(
        "title='Two'\ndataset='phantom'\n[[cells]]\nmethods=['em']\nlabeled=[2]\npresets=['smoke']\n"
        "set={lr=[0.01, 0.02]}\ntwins=true\n"
    )
    plan = planned(Namespace(protocol=path, twin=False, data_root=None, preset=None), "cpu")
    plan.write(out)
    words = ["lr=0.01", "lr=0.01 (twin)", "lr=0.02", "lr=0.02 (twin)"]
    assert [plan.apart[cell.id] for cell in sorted(plan.cells, key=lambda one: (one.config["lr"], one.twin))] == words
    for command, options in ((status, []), (sweep, ["--dry-run"])):
        assert command.command([str(path), "--out", str(out), *options]) == 0
        lines = [line for line in capsys.readouterr().out.splitlines() if "phantom-2-em-" in line]
        assert sorted(line.partition("-s0-")[2].partition(" ")[2] for line in lines) == words


def test_a_twin_is_beside_its_method_and_not_told_by_its_weights() -> None:
    assert said(cell("em"), cell("em", twin=True)) == ["", ""]


def test_among_many_fields_each_cell_names_those_alone_that_are_unlike_most() -> None:
    fields = {"lr": 0.1, "momentum": 0.5, "weight_decay": 0.5, "lr_power": 0.5, "size": 32}
    changed = [cell(set={name: value}) for name, value in fields.items()]
    assert said(cell(), *changed) == [
        "as most of its like", "lr=0.1", "momentum=0.5", "weight_decay=0.5", "lr_power=0.5", "size=32",
    ]  # fmt: skip


def test_two_files_that_hold_methods_of_one_name_are_told_by_their_place(tmp_path: Path) -> None:
    files = [written(tmp_path / folder / "m.py", strength=s) for folder, s in (("a", "0.1"), ("b", "0.2"))]
    one, other = (cell(str(file)) for file in files)
    assert said(one, other) == [f"file={file}" for file in files]


def test_an_overview_says_in_what_cells_differ_and_what_they_share() -> None:
    assert overview([cell(set={"lr": 0.01}), cell(set={"lr": 0.03})]) == (
        "cells differ in lr (0.01, 0.03); "
        "all have dataset phantom, labeled 2, method supervised, backbone unet, preset smoke, seed 0"
    )
    assert overview([cell("em", seed=seed, twin=twin) for seed in range(7) for twin in (False, True)]) == (
        "cells differ in seed (7 values), twin (no, yes); "
        "all have dataset phantom, labeled 2, method em, backbone unet, preset smoke"
    )
    assert overview([cell(set={"lr": 0.02})]) == (
        "one cell; it has dataset phantom, labeled 2, method supervised, backbone unet, preset smoke, seed 0, lr 0.02"
    )
