"""Runs by a copy of the checkout, whose files a test edits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from benchmark import run
from benchmark.cells.cell import Cell, Wish, resolve_cell
from benchmark.environment import code as environment
from benchmark.running.execution import run_cell
from benchmark.running.options import Options
from benchmark.training.update import Terms, Updates
from data.catalog import find
from results.store import Store
from tests.checkout import edit

CPU = torch.device("cpu")
WORDS = ["--method", "supervised", "--dataset", "phantom", "--preset", "smoke", "--labeled", "2", "--device", "cpu"]
SET = {"updates": 2, "validations": 1}
FILE = "methods/supervised.py"
OTHER = "made by other code than this checkout's (methods/supervised.py)"


def restarted(root: Path, *edited: str) -> None:
    """Edit files, and let this process be one that was started after that."""
    edit(root, *edited)
    environment.taken.cache_clear()


def cell() -> Cell:
    return resolve_cell(Wish(method="supervised", preset="smoke", labeled=2, set=SET), find("phantom"), "cpu")


def ran(out: Path, force: bool = False) -> Path:
    options = Options(CPU, force, log_every=1, save_seconds=0.0)
    return run_cell(cell(), find("phantom"), Store(out), options)


def code_in(folder: Path) -> dict[str, str]:
    return dict(json.loads((folder / "record.json").read_text())["code"])


def said_by_run(out: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert run.command([*WORDS, "--out", str(out), "--set=updates=2", "--set=validations=1"]) == 0
    (line,) = (line for line in capsys.readouterr().out.splitlines() if " is done already" in line)
    return line.removeprefix(cell().id)


def stopped(out: Path, monkeypatch: pytest.MonkeyPatch, force: bool = False) -> None:
    """Stop a run in its second update, after the first is saved."""
    update = Updates.make

    def stop(self: Updates, number: int) -> Terms:
        if number == 1:
            raise KeyboardInterrupt
        return update(self, number)

    with monkeypatch.context() as patch:
        patch.setattr(Updates, "make", stop)
        with pytest.raises(KeyboardInterrupt):
            ran(out, force)
