"""Several cells on a real GPU at once; skipped where CUDA finds none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from benchmark.launchers.job import Job
from benchmark.launchers.local import Patience
from benchmark.launchers.slots import on_this_machine
from results.store import Store
from tests.benchmark.launchers.cells import jobs

SLOTS = 4


@pytest.mark.slow
@pytest.mark.skipif(not torch.cuda.is_available(), reason="CUDA finds no GPU here")
def test_cells_share_a_gpu_once_their_peaks_and_a_process_are_measured(tmp_path: Path) -> None:
    store, at_once = Store(tmp_path), [0]
    total = torch.cuda.mem_get_info(0)[1]
    free = [total]

    def look(running: Sequence[Job]) -> None:
        at_once.append(len(running))
        free.append(torch.cuda.mem_get_info(0)[0])

    mine = [replace(job, device="cuda") for job in jobs(tmp_path, SLOTS, 200)]
    ended = on_this_machine(mine, SLOTS, store, Patience(retries=0), look)
    assert [reason for _, reason in ended] == [None] * len(mine)
    assert max(at_once) > 1
    assert min(free) > 0.02 * total
    records = [store.load(job.id).record for job in mine]
    assert {record.environment["device"] for record in records} == {"cuda"}
    assert all(record.peak_memory_mib > 0 for record in records)
