"""The ledger: test Dice at kept points after training, consistent with the record and in none of its tables."""

from pathlib import Path

import pandas as pd
import pytest
import torch

from benchmark import execution
from benchmark.cell import Cell, Wish, resolve_cell
from benchmark.execution import Options, run_cell
from data.catalog import find
from data.errors import DataError
from results.store import Store

pytestmark = pytest.mark.usefixtures("small_phantom")


def short(name: str) -> Cell:
    wish = Wish(method=name, preset="smoke", labeled=2, set={"updates": 4, "validations": 4})
    return resolve_cell(wish, find("phantom"), "cpu")


def run(out: Path, name: str = "supervised") -> Path:
    return run_cell(short(name), find("phantom"), Store(out), Options(torch.device("cpu")))


def test_points_are_scored_as_the_record_is(tmp_path: Path) -> None:
    folder = run(tmp_path)
    loaded = Store(tmp_path).load(folder.name)
    ledger = loaded.ledger()
    assert ledger is not None
    assert ledger["update"].tolist() == [1, 2, 3, 4]
    summary = {row.rule: row.dice for row in loaded.record.summary if row.structure == "avg"}
    assert ledger["test_dice"].iloc[-1] == summary["last"]
    assert ledger["test_dice"][ledger["val_dice"].idxmax()] == summary["val_best"]
    history = loaded.history()
    assert ledger["val_dice"].tolist() == history[history["term"] == "val_dice"]["value"].tolist()


def test_nothing_of_it_is_in_the_scores_and_no_weights_stay(tmp_path: Path) -> None:
    folder = run(tmp_path)
    assert set(pd.read_parquet(folder / "cases.parquet")["rule"]) == {"last", "val_best", "ema_last"}
    assert not (folder / "points").exists()


def test_the_record_says_when_the_test_patients_were_read(tmp_path: Path) -> None:
    record = Store(tmp_path).load(run(tmp_path).name).record
    assert [(one.purpose, one.updates) for one in record.test_openings] == [("scoring", 4)]


@pytest.mark.parametrize("name", ["supervised", "mean_teacher", "action", "bcp", "gcl"])
def test_training_that_asks_for_a_test_patient_is_stopped(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What training is given lies outside the gate: a trainer that peeks is refused, and leaves no record."""
    given = []
    train = execution._train

    def peeking(cell, source, *others):
        given.append(source)
        train(cell, source, *others)
        return source.cases(source.split.test)

    monkeypatch.setattr(execution, "_train", peeking)
    with pytest.raises(DataError, match="outside the gate"):
        run(tmp_path, name)
    assert given
    assert not Store(tmp_path).has(short(name).id)
