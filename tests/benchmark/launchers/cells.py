"""Cells of a second or two, and what must be the same bytes wherever they ran."""

from collections.abc import Mapping
from pathlib import Path

import torch

from benchmark.cells.cell import Wish, resolve_cell
from benchmark.launchers.job import Job
from benchmark.running.execution import run_cell
from benchmark.running.options import Options
from data.catalog import find
from results.store import Store

BYTES = ("cases.parquet", "history.parquet", "ledger.parquet", "conventions.parquet")


EACH_UPDATE: Mapping[str, int] = {"log_every": 1, "save_seconds": 0}
"""A checkpoint after each update, so that a run killed at any moment goes on half-trained."""


def jobs(out: Path, seeds: int, updates: int = 4) -> list[Job]:
    source = find("phantom")
    short = {"updates": updates, "validations": updates // 4}
    wishes = (
        Wish(method=name, dataset="phantom", preset="smoke", labeled=2, seed=seed, set=short)
        for seed in range(seeds)
        for name in ("supervised", "mean_teacher")
    )
    return [Job(resolve_cell(wish, source, "cpu"), None, out, "cpu", 1, EACH_UPDATE) for wish in wishes]


def content(out: Path, cell: str) -> list[bytes]:
    """Return what must be the same of a run that was done."""
    return [(out / cell / name).read_bytes() for name in BYTES]


def undisturbed(out: Path, seeds: int, updates: int = 4) -> dict[str, list[bytes]]:
    """Run the same cells here, one after another, and return what must be the same of each.

    With a checkpoint now and then only: how often one is written may change nothing.
    """
    quiet = Options(torch.device("cpu"), log_every=EACH_UPDATE["log_every"])
    cells = [job.cell for job in jobs(out, seeds, updates)]
    for cell in cells:
        run_cell(cell, find("phantom"), Store(out), quiet)
    return {cell.id: content(out, cell.id) for cell in cells}


def is_half_trained(job: Job) -> bool:
    """Return whether a run has something to go on from and is not done."""
    return (job.folder / "checkpoint.pt").exists() and not (job.folder / "record.json").exists()
