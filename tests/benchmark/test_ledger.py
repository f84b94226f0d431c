"""The ledger: test Dice at kept points after training, consistent with the record and in none of its tables."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest
import torch

from benchmark.cell import Cell, Wish, resolve_cell
from benchmark.execution import Options, run_cell
from data.catalog import find
from data.errors import DataError
from data.split import Split
from results.store import Store

ROOT = Path(__file__).parents[2]

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


def test_training_that_asks_for_a_test_patient_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Split, "unlabeled", lambda self, labeled: self.test)
    with pytest.raises(DataError, match="outside the gate"):
        run(tmp_path, "mean_teacher")
    assert not Store(tmp_path).has(short("mean_teacher").id)


def test_each_opening_is_written_down_those_of_repeated_runs_too(tmp_path: Path) -> None:
    folder = run(tmp_path)
    run_cell(short("supervised"), find("phantom"), Store(tmp_path), Options(torch.device("cpu"), force=True))
    lines = [json.loads(line) for line in (folder / "openings.jsonl").read_text().splitlines()]
    assert [(line["purpose"], line["updates"]) for line in lines] == [("scoring", 4)] * 2


def test_nothing_but_the_gate_asks_for_the_test_patients() -> None:
    """The record counts them; methods, runner and pages have no other way to their names."""
    paths = [path for folder in ("benchmark", "methods", "reports") for path in (ROOT / folder).rglob("*.py")]
    naming = {path.name for path in paths if re.search(r"split\.test\b", path.read_text(encoding="utf-8"))}
    assert naming == {"recording.py"}
