"""Cells of a second or two, and what must be the same bytes wherever they ran."""

from pathlib import Path

from benchmark.cell import Wish, resolve_cell
from benchmark.launchers.job import Job
from data.catalog import find

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
