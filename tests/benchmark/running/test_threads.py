"""A run's files are the same bytes whatever number of threads its process was started with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from benchmark.cells.cell import Wish, resolve_cell
from benchmark.running.execution import run_cell
from benchmark.running.options import Options
from benchmark.scoring.diagnosis import Diagnosis
from data.catalog import find
from results.store import Store

TIMED = {"record.json", "SHA256SUMS", "openings.jsonl", "checkpoint.pt"}  # which tell seconds, memory or the hour


def folder_of(out: Path) -> Path:
    shares = {"global_share": 0, "local_share": 0, "anatomical_share": 1}
    wish = Wish(method="action", preset="smoke", labeled=2, set={"updates": 3, "validations": 1, **shares})
    source = find("phantom")
    return run_cell(resolve_cell(wish, source, "cpu"), source, Store(out), Options(torch.device("cpu")))


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file() and path.name not in TIMED)
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


@pytest.mark.usefixtures("small_phantom", "thin")
def test_a_run_has_the_same_bytes_whatever_its_process_was_started_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: set[int] = set()

    def spread(self: Diagnosis, *_: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return vectors in all directions, whose axes have other bits where their sums are split."""
        used.update(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")
        return np.random.default_rng(0).normal(size=(800, 512)).astype(np.float32), np.repeat(np.arange(4), 200)

    monkeypatch.setattr(Diagnosis, "_vectors", spread)
    folders = []
    for started_with in (1, 4):
        with threadpool_limits(started_with, user_api="blas"):
            folders.append(folder_of(tmp_path / str(started_with)))
    one, four = map(files, folders)
    assert used == {1}
    assert {"cases.parquet", "embedding.parquet", "diagnosis.parquet", "history.parquet"} <= one.keys()
    assert [name for name in one.keys() | four.keys() if one.get(name) != four.get(name)] == []
