"""What a sweep costs beyond its cells: 200 on the phantom in smoke size, one at a time, against a plain loop."""

from __future__ import annotations

import time
from pathlib import Path

import torch

from benchmark.cell import Wish, resolve_cell
from benchmark.execution import Options, run_cell
from benchmark.launchers.job import Job
from benchmark.launchers.local import launch
from data.catalog import find
from results.store import Store

CELLS = 200
PROMISED = 1.05


def test_a_sweep_costs_little_more_than_its_cells(benchmark, tmp_path: Path) -> None:
    source = find("phantom")
    wishes = (Wish(method="supervised", preset="smoke", labeled=2, seed=seed) for seed in range(CELLS))
    jobs = [Job(resolve_cell(wish, source, "cpu"), None, tmp_path / "sweep", "cpu", 1) for wish in wishes]
    source.cases([*source.split.train, *source.split.val, *source.split.test])  # as a worker, drawn before the first
    plain = 0.0
    for job in jobs:
        begin = time.perf_counter()
        run_cell(job.cell, source, Store(tmp_path / "plain"), Options(torch.device("cpu")))
        plain += time.perf_counter() - begin

    def sweep() -> list[str | None]:
        return [reason for _, reason in launch(jobs, [{"OMP_NUM_THREADS": "1"}])]

    begin = time.perf_counter()
    assert benchmark.pedantic(sweep, rounds=1) == [None] * CELLS
    taken = time.perf_counter() - begin
    benchmark.extra_info["times the cells alone"] = taken / plain
    print(f"{taken:.1f} s for {CELLS} cells, {plain:.1f} s without a sweep: {taken / plain:.3f} times")
    assert taken < PROMISED * plain
