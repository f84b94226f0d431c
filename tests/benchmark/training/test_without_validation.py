"""Training without validation patients, and pools of cases that are read one at a time."""

from __future__ import annotations

import gc
import math
import weakref
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmark.cells.cell import Wish, resolve_cell
from benchmark.errors import RunError
from benchmark.running import finished
from benchmark.running.execution import run_cell
from benchmark.running.options import Options
from benchmark.training.pools import Pools
from benchmark.training.selection import Selection
from data.case import Case
from data.catalog import find
from data.sources.lits import Lits
from reports.page import build_page
from reports.replication import verdicts
from reports.summary import group
from results.store import Store
from shell.errors import UsageError
from tests.data import lits_folders as folders
from tests.reports.pages import read_page

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folders.challenge(tmp_path_factory.mktemp("data") / "lits").parent


@pytest.fixture(autouse=True)
def cached(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(root / "cache"))


def cell_of(method: str, root: Path):
    wish = Wish(method=method, dataset="lits", preset="smoke", set={"updates": 2, "validations": 2, "size": 32})
    return resolve_cell(wish, find("lits", root), "cpu")


def test_nothing_offered_is_no_choice_and_an_offer_is_one() -> None:
    network = torch.nn.Linear(1, 1)
    selection = Selection(network)
    assert list(selection.chosen(network)) == ["last", "ema_last"]
    selection.offer(network, math.nan, 1)  # of patients without any structure
    again = Selection(network)
    again.load(selection.state())
    assert list(again.chosen(network)) == ["last", "val_best", "ema_last"]


def test_a_ratio_of_lits_labels_the_first_five_and_its_window_is_in_the_cell(root: Path) -> None:
    cell = cell_of("supervised", root)
    assert cell.labeled_patients == ("case0003", "case0001", "case0038", "case0037", "case0098")
    assert cell.reading is not None and cell.reading["windows"] == [[-200.0, 250.0]]
    assert cell.id.startswith("lits-5-supervised-unet-smoke-s0-")


def test_of_a_pools_cases_one_is_held_at_a_time(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, alive, most = find("lits", root), weakref.WeakSet[Case](), list[int]()
    read = Lits.cases

    def cases(self: Lits, patients: Sequence[str], masks: bool = True) -> list[Case]:
        gc.collect()
        most.append(len(alive))
        found = read(self, patients, masks)
        for case in found:
            alive.add(case)
        return found

    monkeypatch.setattr(Lits, "cases", cases)
    gc.collect()
    gc.freeze()  # what other tests left is gone through once, and not a hundred times
    pools = Pools(cell_of("mean_teacher", root), source, CPU)
    assert len(pools.labeled()) == 5 * 12 and len(pools.unlabeled()) == 95 * 12
    assert most == [0] * 100


@pytest.mark.usefixtures("thin")
@pytest.mark.parametrize("method", ["bcp", "mean_teacher"])
def test_a_run_on_lits_is_scored_by_its_last_weights_beside_the_published_numbers(
    root: Path, tmp_path: Path, method: str
) -> None:
    folder = run_cell(cell_of(method, root), find("lits", root), Store(tmp_path), Options(CPU))
    loaded = Store(tmp_path).load(folder.name)
    record = loaded.record
    assert (record.patients.train, record.patients.val, record.patients.test) == (100, 0, 31)
    assert {row.rule for row in record.summary} == {"last", "ema_last"} and record.unit == "mm"
    assert {row.structure: row.cases for row in record.summary} == {"liver": 31, "lesion": 31, "avg": 62}
    assert [stage.chosen_from for stage in record.stages] == [0] * len(record.stages)
    assert "val_dice" not in set(loaded.history()["term"])
    ledger = loaded.ledger()
    assert ledger is not None and ledger["val_dice"].isna().all() and ledger["test_dice"].notna().all()
    assert [(one.purpose) for one in record.test_openings] == ["scoring"]
    choice = finished.Choice(rule="val_best")
    with pytest.raises(UsageError, match="had no validation patients; it has last, ema_last"):
        finished.finished_run(folder, choice, CPU)
    if method == "mean_teacher":
        (one,) = group([loaded])
        found = {each.structure: each for each in verdicts(one, "last") if each.method == "MT"}
        assert {name: each.printed for name, each in found.items()} == {"avg": 60.9, "liver": 87.5, "lesion": 34.4}
        assert {each.outcome for each in found.values()} == {"not at the paper's schedule"}
        assert not any(phrase.startswith("test scans") for phrase in found["avg"].differs)  # 31 here as there
        html = read_page(build_page([loaded], tmp_path / "page", "LiTS"))
        assert "lesion" in html and "60.9" in html  # MT's printed average with five labelled volumes


def test_a_stage_that_keeps_its_best_by_validation_is_refused_without_validation_patients(
    root: Path, tmp_path: Path
) -> None:
    wish = Wish(method="bcp", dataset="lits", preset="smoke", fidelity="official", set={"updates": 2, "size": 32})
    source, store = find("lits", root), Store(tmp_path)
    words = "stage 'pretrain' keeps its best weights by validation Dice, and there are no validation patients; have"
    with pytest.raises(RunError, match=f"^{words} some, or keep its last"):
        run_cell(resolve_cell(wish, source, "cpu"), source, store, Options(CPU))
    last = wish.model_copy(update={"set": {**wish.set, "keep": "last", "validations": 1}})
    assert run_cell(resolve_cell(last, source, "cpu"), source, store, Options(CPU)).exists()


def test_a_large_volume_on_a_grid_is_that_of_its_slices(root: Path) -> None:
    from data.pool import AT_ONCE, Grid, build_pool

    rng = np.random.default_rng(0)
    image = rng.integers(-400, 400, (2 * AT_ONCE + 3, 20, 16)).astype(np.float32)
    mask = rng.integers(0, 3, image.shape).astype(np.uint8)
    for way in ("smooth", "nearest", "cubic"):
        grid = Grid(32, "minmax", way, ((-200.0, 250.0),))
        whole = build_pool([Case("a", "a", image, mask, None)], grid, CPU)
        each = [Case("a", "a", image[k : k + 1], mask[k : k + 1], None) for k in range(len(image))]
        single = build_pool(each, grid, CPU)
        assert torch.equal(whole.images, single.images)
        assert whole.masks is not None and single.masks is not None and torch.equal(whole.masks, single.masks)
