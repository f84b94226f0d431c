"""Runs on a card: the same bits again, killed ones too, nothing on the terminal that a user need not read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from benches.gpu_cells import METHODS, killed
from benchmark.cells.cell import Wish, resolve_cell
from benchmark.errors import RunError
from benchmark.running.execution import run_cell
from benchmark.running.options import Options
from data.catalog import find
from results.store import Store

CUDA, CPU = torch.device("cuda"), torch.device("cpu")


@pytest.mark.parametrize("method", METHODS)
def test_a_killed_run_ends_in_the_bytes_of_one_that_was_not(method: str, tmp_path: Path) -> None:
    assert set(killed(tmp_path, method, CUDA)) == {"bytes"}


def test_a_run_says_nothing_that_a_user_need_not_read(tmp_path: Path) -> None:
    words = ("--method", "action", "--dataset", "phantom", "--preset", "smoke", "--labeled", "3", "--device", "cuda")
    command = [sys.executable, "-m", "benchmark.run", *words, "--out", str(tmp_path)]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "Warning" not in said.stderr + said.stdout


def test_a_run_begun_on_the_cpu_does_not_go_on_on_the_card(tmp_path: Path) -> None:
    source = find("phantom")
    wish = Wish(method="supervised", dataset="phantom", preset="smoke", labeled=2, set={"updates": 4, "validations": 1})
    cell, store = resolve_cell(wish, source, "cpu"), Store(tmp_path)

    def stopped(*_: object) -> None:
        raise RunError("trained, and stopped before it is scored")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("benchmark.running.execution.assess", stopped)
        with pytest.raises(RunError, match="stopped before it is scored"):
            run_cell(cell, source, store, Options(CPU, log_every=1, save_seconds=0))
    with pytest.raises(RunError, match=r"is of a run with device cpu, and this one has .*NVIDIA"):
        run_cell(cell, source, store, Options(CUDA))


def test_too_little_memory_is_one_sentence_that_says_what_to_lower(tmp_path: Path) -> None:
    torch.cuda.set_per_process_memory_fraction(0.005)
    try:
        source = find("phantom")
        wish = Wish(method="action", dataset="phantom", preset="paper", labeled=2, set={"updates": 2, "validations": 1})
        with pytest.raises(RunError, match=r"^out of memory on .*; add --recompute .*, lower --set labeled_batch"):
            run_cell(resolve_cell(wish, source, "cuda"), source, Store(tmp_path), Options(CUDA))
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)


def test_maps_that_are_computed_anew_leave_the_same_bytes(tmp_path: Path) -> None:
    source = find("phantom")
    wish = Wish(method="action", dataset="phantom", preset="smoke", labeled=2, set={"updates": 12, "validations": 1})
    cell = resolve_cell(wish, source, "cuda")
    ways = [Options(CUDA, eager=True), Options(CUDA, recompute=True)]
    runs = [run_cell(cell, source, Store(tmp_path / str(number)), way) for number, way in enumerate(ways)]
    for name in ("cases.parquet", "history.parquet"):
        assert len({(run / name).read_bytes() for run in runs}) == 1
