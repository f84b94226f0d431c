"""The ledger: test Dice at kept points after training, consistent with the record and in none of its tables."""

import ast
import gc
import itertools
import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch

from benchmark.cells.cell import Cell, Wish, resolve_cell
from benchmark.running.execution import run_cell
from benchmark.running.options import Options
from benchmark.scoring.evaluator import Evaluator
from benchmark.scoring.foreign_masks import of_data_set
from benchmark.scoring.scored import Scored
from data.catalog import find
from data.errors import DataError
from data.held_out import SEAL, Gate, Outside
from data.sources.phantom import Phantom
from data.split import Split
from methods.mean_teacher import MeanTeacher
from results.store import Store

ROOT = Path(__file__).parents[3]
CPU = torch.device("cpu")

pytestmark = pytest.mark.usefixtures("small_phantom", "thin")


def short(name: str) -> Cell:
    wish = Wish(method=name, preset="smoke", labeled=2, set={"updates": 4, "validations": 4})
    return resolve_cell(wish, find("phantom"), "cpu")


def run(out: Path, name: str = "supervised") -> Path:
    return run_cell(short(name), find("phantom"), Store(out), Options(CPU))


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


def test_weights_that_rules_and_points_share_are_scored_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    logits = Evaluator.logits

    def counted(self: Evaluator, predictor: torch.nn.Module) -> Any:
        looked.append("")
        return logits(self, predictor)

    monkeypatch.setattr(Evaluator, "logits", counted)
    loaded = Store(tmp_path).load(run(tmp_path).name)
    assert len(looked) == 5  # four points, of which one is the last and one the best, and the average
    rows = loaded.cases()
    assert (rows.groupby("rule").size() == 12).all()


def test_scored_weights_are_told_apart_by_predictor_and_value() -> None:
    scored, ones = Scored(), {"w": torch.ones(2)}
    assert scored.rows("a", "last", ones, lambda: [{"rule": "last", "dice": 0.5}]) == [{"rule": "last", "dice": 0.5}]
    assert scored.rows("a", "val_best", {"w": torch.ones(2)}, list) == [{"rule": "val_best", "dice": 0.5}]
    assert scored.found("b", ones) is None and scored.found("a", {"w": torch.zeros(2)}) is None
    assert scored.found("a", {"w": torch.full((2,), float("nan"))}) is None


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
    run_cell(short("supervised"), find("phantom"), Store(tmp_path), Options(CPU, force=True))
    lines = [json.loads(line) for line in (folder / "openings.jsonl").read_text().splitlines()]
    assert [(line["purpose"], line["updates"]) for line in lines] == [("scoring", 4)] * 2


def sources_in_reach() -> list[Any]:
    """Return everything in this process that gives cases, private fields of others included."""
    return [one for one in gc.get_objects() if type(one) in (Phantom, Outside)]


def attempts() -> Iterator[Callable[[], object]]:
    """Yield ways in which code of a method could ask for the test patients."""
    test = find("phantom").split.test
    holders = [find("phantom"), *sources_in_reach()]
    for holder, masks in itertools.product(holders, (True, False)):
        yield partial(holder.cases, test, masks)
        yield partial(getattr(holder, "_source", holder).cases, test, masks)
    yield partial(Gate(find("phantom")).open, "a peek", 0)
    yield SEAL.lifted("a peek").__enter__
    yield partial(of_data_set, "phantom", None, None, Path("never-written"))


def test_code_that_trains_cannot_read_the_test_patients_by_any_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: list[str] = []
    step = MeanTeacher.step

    def peeking(self: MeanTeacher, *given: Any) -> Any:
        for attempt in attempts():
            with pytest.raises(DataError, match=r"outside the gate|while training") as error:
                attempt()
            refused.append(str(error.value))
        return step(self, *given)

    run(tmp_path, "mean_teacher")  # leaves sources behind, as a worker's earlier cells do
    monkeypatch.setattr(MeanTeacher, "step", peeking)
    folder = run_cell(short("mean_teacher"), find("phantom"), Store(tmp_path), Options(CPU, force=True))
    assert len(refused) >= 4 * 15  # in each of four updates: at least three sources in four ways, and three more
    record = Store(tmp_path).load(folder.name).record
    assert [(one.purpose, one.updates) for one in record.test_openings] == [("scoring", 4)]


def test_nothing_but_the_gate_names_the_test_patients_or_lifts_the_seal() -> None:
    """The record counts them, and advice holds out those that a plan merely drew; nothing else has a use for names."""
    trains = [path for folder in ("benchmark", "methods") for path in (ROOT / folder).rglob("*.py")]
    others = [path for folder in ("data", "reports", "results") for path in (ROOT / folder).rglob("*.py")]
    assert {path.name for path in trains if "test" in read_attributes(path)} == {"recording.py", "subject.py"}
    assert {path.name for path in (*trains, *others) if "lifted" in read_attributes(path)} == {"held_out.py"}


def read_attributes(path: Path) -> set[str]:
    """Return the names of all attributes and variables that a file reads."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return attributes | {node.id for node in nodes if isinstance(node, ast.Name)}
