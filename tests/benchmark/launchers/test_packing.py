"""GPUs that several cells share: none in sight, so the device's free memory is what the tests say it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmark.launchers.job import Job
from benchmark.launchers.packing import Packing, kind_of
from tests.benchmark.launchers.cells import jobs

PEAK, CONTEXT, FREE = 1000.0, 500.0, 10_000.0


class Devices:
    """Two GPUs and what is free on them."""

    def __init__(self) -> None:
        self.mib = [FREE, FREE]

    def __call__(self) -> Sequence[float]:
        return list(self.mib)


@pytest.fixture
def four(tmp_path: Path) -> Sequence[Job]:
    return jobs(tmp_path, 2)  # supervised and mean teacher, twice


def measured(four: Sequence[Job], free: float = FREE) -> tuple[Packing, Devices]:
    """Return a packing that has seen a supervised cell alone: its tensors, and a process beside them."""
    devices = Devices()
    devices.mib = [free, free]
    packing = Packing({}, [0, 1, 0, 1], devices)
    first = four[0]
    assert packing.admit([], first, 0)
    for taken in (0, PEAK + CONTEXT, 100):
        devices.mib[0] = free - taken
        packing.look([first])
    devices.mib[0] = free
    packing.ended(first, PEAK)
    return packing, devices


def test_what_a_process_takes_beside_its_tensors_is_measured_on_a_cell_that_runs_alone(four: Sequence[Job]) -> None:
    packing, _ = measured(four)
    assert packing.beside_mib == CONTEXT
    assert packing.peaks == {kind_of(four[0].cell): PEAK}


def test_until_it_is_measured_nobody_shares_a_gpu(four: Sequence[Job]) -> None:
    known = {kind_of(job.cell): PEAK for job in four}
    packing = Packing(known, [0, 1, 0, 1], Devices())
    assert packing.admit([], four[0], 0)
    assert not packing.admit([four[0]], four[1], 2)
    assert packing.admit([four[0]], four[1], 1)


def test_a_kind_that_no_record_is_of_runs_alone(four: Sequence[Job]) -> None:
    packing, _ = measured(four)
    supervised, unknown = four[2], four[1]
    assert packing.admit([], supervised, 0)
    assert not packing.admit([supervised], unknown, 2)
    packing.ended(supervised, PEAK)
    assert packing.admit([], unknown, 0)
    assert not packing.admit([unknown], supervised, 2)


@pytest.mark.parametrize(
    ("free", "room"), [(2 * (PEAK + CONTEXT) / 0.9 + 1, True), (2 * (PEAK + CONTEXT) / 0.9 - 1, False)]
)
def test_a_gpu_takes_what_its_memory_holds(free: float, room: bool, four: Sequence[Job]) -> None:
    packing, _ = measured(four, free)
    assert packing.admit([], four[0], 0)
    assert packing.admit([four[0]], four[2], 2) is room


def test_processes_that_wait_for_work_count_too(four: Sequence[Job]) -> None:
    packing, _ = measured(four, 2 * (PEAK + CONTEXT) / 0.9 + 1)
    packing.gpu_of_slot = [0, 0, 0]
    assert packing.admit([], four[0], 0)
    assert packing.admit([four[0]], four[2], 1)
    assert packing.admit([], four[0], 1)  # the process of slot 0 waits
    assert packing.admit([four[0]], four[2], 0)
    assert not packing.admit([four[0]], four[2], 2)  # its process would be the third


def test_a_cell_in_company_measures_nothing(four: Sequence[Job]) -> None:
    packing, devices = measured(four)
    assert packing.admit([], four[0], 0)
    assert packing.admit([four[0]], four[2], 2)
    devices.mib[0] = FREE - 9000
    packing.look([four[0], four[2]])
    for job in (four[0], four[2]):
        packing.ended(job, PEAK)
    assert packing.beside_mib == CONTEXT
