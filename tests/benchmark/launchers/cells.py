"""Cells of a second or two, and what must be the same bytes wherever they ran."""

from pathlib import Path

import torch

from benchmark.cell import Wish, resolve_cell
from benchmark.execution import Options, run_cell
from benchmark.launchers.job import Job
from data.catalog import find
from results.store import Store

BYTES = ("cases.parquet", "history.parquet", "ledger.parquet", "conventions.parquet")


def jobs(out: Path, seeds: int) -> list[Job]:
    source = find("phantom")
    short = {"updates": 4, "validations": 1}
    wishes = (
        Wish(method=name, dataset="phantom", preset="smoke", labeled=2, seed=seed, set=short)
        for seed in range(seeds)
        for name in ("supervised", "mean_teacher")
    )
    return [Job(resolve_cell(wish, source, "cpu"), None, out, "cpu", 1) for wish in wishes]


def content(out: Path, cell: str) -> list[bytes]:
    """Return what must be the same of a run that was done."""
    return [(out / cell / name).read_bytes() for name in BYTES]


def undisturbed(out: Path, seeds: int) -> dict[str, list[bytes]]:
    """Run the same cells here, one after another, and return what must be the same of each."""
    for job in jobs(out, seeds):
        run_cell(job.cell, find("phantom"), Store(out), Options(torch.device("cpu")))
    return {job.cell.id: content(out, job.cell.id) for job in jobs(out, seeds)}
