"""Slices a second that batches take: from prepared files as they are drawn, from memory, and what it takes to have them
there: from NIfTI, and from prepared files. Seconds are of the processor, on one thread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pytest
import torch

from benches.spent import cpu_seconds
from benchmark.environment.memory import keeping_freed_memory
from data.grid import Grid
from data.pool import Pool, build_pool, pool_of
from data.preparing.jobs import Task, Workshop
from data.preparing.shards import Shards
from data.source import Source

CPU = torch.device("cpu")
CASES, SLICES, SIDE = 6, 12, 320  # 72 slices, as large as MRI has them
GRID = Grid(256, "percentile", fit="pad")
BATCH, UPDATES = 24, 40
IN_MEMORY = 2**40


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Source:
    from data.catalog import find
    from data.folders import found

    monkeypatch.setattr(found, "PLANS", tmp_path / "plans")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    rng = np.random.default_rng(0)
    for number in range(CASES):
        mask = np.zeros((SIDE, SIDE, SLICES), np.uint8)
        mask[100:200, 80:220, 2:10] = 1
        image = (200 * mask + rng.normal(300, 40, mask.shape)).astype(np.int16)
        for folder, values in (("images", image), ("masks", mask)):
            (tmp_path / "set" / folder).mkdir(parents=True, exist_ok=True)
            path = tmp_path / "set" / folder / f"c_{number}.nii.gz"
            nibabel.save(nibabel.Nifti1Image(values, np.diag([1.0, 1.0, 6.0, 1.0])), path)
    return find(str(tmp_path / "set"))


@pytest.fixture
def pool(source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Pool]:
    """Return what gives the pool of prepared slices, in files where it has more bytes than it is told."""

    def made(large: int) -> Pool:
        monkeypatch.setattr("data.pool.LARGE", large)
        shards = Shards(tmp_path / "prepared", GRID)
        found = [one for one in shards.found(source.known(patients_of(source)), True) if one is not None]
        return pool_of(found, GRID, CPU)

    return made


def patients_of(source: Source) -> tuple[str, ...]:
    return (*source.split.train, *source.split.val)


def drawn(pool: Pool) -> Callable[[], None]:
    """Return what takes the slices of some batches."""
    rows = [torch.randperm(len(pool), generator=torch.Generator().manual_seed(k))[:BATCH] for k in range(UPDATES)]

    def draw() -> None:
        for some in rows:
            pool.take(some)

    draw()
    return draw


def prepare(source: Source, place: Path) -> None:
    workshop = Workshop(source.digests, place)
    for name, patient in source.named(patients_of(source)).items():
        workshop.do(Task(name, patient, GRID, source.digests.files(name)))


def test_slices_a_second(benchmark, source: Source, pool: Callable[[int], Pool], tmp_path: Path, capsys) -> None:
    source.fingerprint()  # which a run has before
    patients, pace = patients_of(source), dict[str, float]()

    def timed(name: str, do: Callable[[], object]) -> None:
        pace[name] = count / cpu_seconds(do)

    count = len(build_pool(source.cases(patients), GRID, CPU))
    with keeping_freed_memory(CPU):
        timed("pool from NIfTI", lambda: build_pool(source.cases(patients), GRID, CPU))
        timed("data.prepare", lambda: prepare(source, tmp_path / "prepared"))
        pool(IN_MEMORY)  # which looks at the checksums once
        timed("pool from prepared files", lambda: pool(IN_MEMORY))
        count = BATCH * UPDATES
        timed("batches from memory", drawn(pool(IN_MEMORY)))
        benchmark.pedantic(timed, ("batches from prepared files", drawn(pool(0))), rounds=1)
    benchmark.extra_info.update(pace)
    with capsys.disabled():
        print("".join(f"\n  {name:28} {slices:8.0f} slices a CPU second" for name, slices in pace.items()))
    assert pace["pool from prepared files"] > pace["pool from NIfTI"]
