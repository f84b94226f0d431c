"""Slots by cores and GPUs, on machines that the tests make up."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmark.errors import RunError
from benchmark.launchers import slots as slots_module
from benchmark.launchers.job import Ended, Job
from benchmark.launchers.local import Patience
from results.store import Store
from tests.benchmark.launchers.cells import jobs

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


class Gpus:
    """GPUs with 8 GiB free each, but for those that are broken."""

    def __init__(self, count: int, broken: Sequence[int] = ()) -> None:
        self.count, self.broken = count, broken

    def info(self, gpu: int) -> tuple[int, int]:
        if gpu >= self.count or gpu in self.broken:
            raise RuntimeError("CUDA error: invalid device ordinal")
        return 2**33, 2**34

    def install(self, monkeypatch: pytest.MonkeyPatch, visible: str | None) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: self.count)
        monkeypatch.setattr(torch.cuda, "mem_get_info", self.info)
        monkeypatch.setattr(torch.cuda, "get_device_name", lambda gpu: "made up")
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
        if visible is not None:
            monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)


@pytest.fixture
def cores(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Let this process have eight cores and much memory; return the file of a container's quota, which is not there."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(8)), raising=False)
    monkeypatch.setattr(os, "sysconf", lambda name: 2**20)
    monkeypatch.setattr(slots_module, "QUOTA", tmp_path / "cpu.max")
    return tmp_path / "cpu.max"


@pytest.mark.usefixtures("cores")
@pytest.mark.parametrize(("threads", "slots"), [(1, 8), (2, 4), (3, 2), (16, 1)])
def test_cells_at_once_share_the_cores_by_their_threads(
    threads: int, slots: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    Gpus(2).install(monkeypatch, None)
    assert slots_module.slots_of(None, CPU, threads) == slots
    assert slots_module.slots_of(None, CUDA, threads) == slots
    assert slots_module.slots_of(5, CPU, threads) == 5
    assert slots_module.slots_of(None, CPU) == 8


@pytest.mark.parametrize(
    ("quota", "slots"), [("max 100000", 8), ("250000 100000", 2), ("50000 100000", 1), ("nonsense", 8)]
)
def test_a_containers_quota_counts_as_so_many_cores(quota: str, slots: int, cores: Path) -> None:
    cores.write_text(quota)
    assert slots_module.slots_of(None, CPU) == slots


@pytest.mark.parametrize(
    ("visible", "count", "broken", "found"),
    [
        (None, 2, (), {0: "0", 1: "1"}),
        ("5,3", 2, (), {0: "5", 1: "3"}),
        ("0,1,2,3", 2, (), {0: "0", 1: "1"}),  # CUDA sees those before the first that is not there
        ("1,-1,0", 1, (), {0: "1"}),
        ("GPU-a, GPU-b", 2, (0,), {1: "GPU-b"}),
    ],
)
def test_gpus_are_those_that_cuda_takes_and_that_answer(
    visible: str | None,
    count: int,
    broken: Sequence[int],
    found: Mapping[int, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    Gpus(count, broken).install(monkeypatch, visible)
    assert slots_module._gpus() == found
    assert ("GPU GPU-a does not answer and is left out" in capsys.readouterr().err) is bool(broken)


def test_without_a_gpu_that_answers_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    Gpus(1, [0]).install(monkeypatch, None)
    with pytest.raises(RunError, match="no GPU of this machine answers"):
        slots_module._gpus()


@pytest.mark.usefixtures("cores")
def test_slots_are_dealt_to_the_gpus_and_each_process_sees_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []

    def launch(jobs: Sequence[Job], slots: Sequence[Mapping[str, str]], *rest: Any) -> Ended:
        given.extend([slots, *rest])
        found: Iterator[tuple[Job, str | None]] = iter([(jobs[0], "it failed")])
        return found

    Gpus(3, [1]).install(monkeypatch, "4,5,6")
    monkeypatch.setattr(slots_module, "launch", launch)
    mine = [replace(job, device="cuda", threads=2) for job in jobs(tmp_path, 1)]
    ended = slots_module.on_this_machine(mine, None, Store(tmp_path), Patience(), lambda running: None)
    assert [reason for _, reason in ended] == ["it failed"]
    slots, _, packing, _ = given
    assert [slot["CUDA_VISIBLE_DEVICES"] for slot in slots] == ["4", "6", "4", "6"]
    assert {slot["OMP_NUM_THREADS"] for slot in slots} == {"2"}
    assert packing.gpu_of_slot == [0, 2, 0, 2]
