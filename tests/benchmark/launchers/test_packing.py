"""GPUs that several cells share: none in sight, so the device's free memory is what the tests say it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import nan
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from benchmark.launchers.job import Job
from benchmark.launchers.packing import USUAL_MIB, Packing, kind_of, peaks
from benchmark.launchers.worker import TAKEN, Answer
from results.record import Record
from tests.benchmark.launchers.cells import jobs

PEAK, CONTEXT, FREE = 1000.0, 500.0, 10_000.0
DONE, NOT_RUN = Answer(None, used_gpu=True), Answer(None)
TORCHS_OWN = "OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB"
OURS = "out of memory on Some T4 (16 GiB, 0.5 GiB of them free); lower --set labeled_batch"


class Devices:
    """Two GPUs and what is free on them."""

    def __init__(self, free: float = FREE) -> None:
        self.mib = [free, free]

    def __call__(self, gpu: int) -> float:
        return self.mib[gpu]


@pytest.fixture
def four(tmp_path: Path) -> Sequence[Job]:
    return jobs(tmp_path, 2)  # supervised and mean teacher, twice


def measured(four: Sequence[Job], free: float = FREE) -> tuple[Packing, Devices]:
    """Return a packing that has seen a supervised cell alone on the first GPU: its peak, and a process beside it."""
    devices = Devices(free)
    packing = Packing({}, [0, 1, 0, 1], devices)
    assert packing.admit([], four[0], 0)
    for taken in (0, PEAK + CONTEXT):
        devices.mib[0] = free - taken
        packing.look([four[0]])
    devices.mib[0] = free - CONTEXT  # its tensors are given back before it answers
    packing.ended(four[0], 0, DONE)
    packing.learn({kind_of(four[0].cell): PEAK})
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


@pytest.mark.parametrize("answer", [NOT_RUN, Answer(TAKEN)])
def test_a_cell_that_another_sweep_did_measures_nothing(answer: Answer, four: Sequence[Job]) -> None:
    devices = Devices()
    packing = Packing({kind_of(four[0].cell): PEAK}, [0, 0], devices)
    assert packing.admit([], four[0], 0)
    packing.ended(four[0], 0, answer)
    assert packing.beside_mib is None
    assert packing.admit([], four[0], 0)  # in the same process, which has no context yet
    devices.mib[0] = FREE - CONTEXT
    packing.ended(four[0], 0, DONE)
    assert packing.beside_mib == CONTEXT


def test_memory_that_others_free_meanwhile_does_not_make_the_measure_smaller(four: Sequence[Job]) -> None:
    devices = Devices()
    packing = Packing({}, [0, 1], devices)
    assert packing.admit([], four[0], 0)
    for free in (FREE - PEAK - CONTEXT, FREE - PEAK - CONTEXT + 4000):  # another program ends
        devices.mib[0] = free
        packing.look([four[0]])
    devices.mib[0] = FREE + 4000 - CONTEXT
    packing.ended(four[0], 0, DONE)
    assert packing.beside_mib == CONTEXT


@pytest.mark.parametrize("after", [FREE, FREE + 4000, FREE - 100, nan])
def test_a_measure_below_what_any_process_takes_gives_way_to_a_usual_one(after: float, four: Sequence[Job]) -> None:
    devices = Devices()
    packing = Packing({}, [0, 1], devices)
    assert packing.admit([], four[0], 0)
    devices.mib[0] = after
    packing.ended(four[0], 0, DONE)
    assert packing.beside_mib == USUAL_MIB


def test_a_kind_that_no_record_is_of_runs_alone(four: Sequence[Job]) -> None:
    packing, _ = measured(four)
    supervised, unknown = four[2], four[1]
    assert packing.admit([], supervised, 0)
    assert not packing.admit([supervised], unknown, 2)
    packing.ended(supervised, 0, DONE)
    assert packing.admit([], unknown, 0)
    assert not packing.admit([unknown], supervised, 2)


def test_data_set_and_fidelity_are_of_the_kind_and_seeds_are_not(four: Sequence[Job]) -> None:
    cell = four[0].cell
    others = [cell.model_copy(update=change) for change in ({"dataset": "acdc"}, {"fidelity": "paper"})]
    assert len({kind_of(cell), *map(kind_of, others)}) == 3
    assert kind_of(four[2].cell) == kind_of(cell)


def test_peaks_are_the_highest_of_the_same_hardware(four: Sequence[Job]) -> None:
    def record(peak: float, hardware: str, **way: bool) -> Record:
        on = {"device": "cuda", "hardware": hardware, **way}
        made = SimpleNamespace(status="done", environment=on, cell=four[0].cell, peak_memory_mib=peak)
        return cast(Record, made)

    found = peaks([record(3000, "here"), record(200, "here"), record(9000, "elsewhere")], {"here"})
    assert found == {kind_of(four[0].cell): 3000}
    both = [record(3000, "here"), record(500, "here", recompute=True)]
    assert [peaks(both, {"here"}, way)[kind_of(four[0].cell)] for way in (False, True)] == [3000, 500]


def test_a_smaller_peak_of_a_run_that_went_on_at_its_scoring_changes_nothing(four: Sequence[Job]) -> None:
    packing, _ = measured(four)
    packing.learn({kind_of(four[0].cell): PEAK / 5})
    assert packing.peaks == {kind_of(four[0].cell): PEAK}


@pytest.mark.parametrize(
    ("free", "room"), [(2 * (PEAK + CONTEXT) / 0.9 + 1, True), (2 * (PEAK + CONTEXT) / 0.9 - 1, False)]
)
@pytest.mark.parametrize("grown", [0, PEAK])
def test_a_gpu_takes_what_its_memory_holds_however_far_those_who_run_have_grown(
    grown: float, free: float, room: bool, four: Sequence[Job]
) -> None:
    packing, devices = measured(four, free)
    assert packing.admit([], four[0], 0)
    devices.mib[0] -= grown
    assert packing.admit([four[0]], four[2], 2) is room


@pytest.mark.parametrize("when", ["before the first comes", "beside the first"])
def test_what_others_hold_now_is_no_room(when: str, four: Sequence[Job]) -> None:
    packing, devices = measured(four)
    if when == "before the first comes":
        devices.mib[0] -= 8000
        assert packing.admit([], four[0], 0)
    else:
        assert packing.admit([], four[0], 0)
        devices.mib[0] -= 8000 + PEAK
    assert not packing.admit([four[0]], four[2], 2)


def test_processes_that_wait_for_work_count_too(four: Sequence[Job]) -> None:
    packing, _ = measured(four, 2 * (PEAK + CONTEXT) / 0.9 + 1)
    packing.gpu_of_slot = [0, 0, 0]
    assert packing.admit([], four[0], 0)
    assert packing.admit([four[0]], four[2], 1)
    for slot, job in ((0, four[0]), (1, four[2])):
        packing.ended(job, slot, DONE)
    assert packing.admit([], four[0], 1)  # the process of slot 0 waits
    assert packing.admit([four[0]], four[2], 0)
    assert not packing.admit([four[0]], four[2], 2)  # its process would be the third
    packing.closed(0)
    assert packing.admit([four[0]], four[2], 2)


def test_a_cell_in_company_measures_nothing(four: Sequence[Job]) -> None:
    packing, devices = measured(four)
    assert packing.admit([], four[0], 0)
    assert packing.admit([four[0]], four[2], 2)
    devices.mib[0] = FREE - 9000
    packing.look([four[0], four[2]])
    for slot, job in ((0, four[0]), (2, four[2])):
        packing.ended(job, slot, DONE)
    assert packing.beside_mib == CONTEXT


@pytest.mark.parametrize("reason", [TORCHS_OWN, OURS])
def test_a_cell_that_ran_out_of_memory_in_company_runs_alone_next_and_its_kind_counts_as_larger(
    four: Sequence[Job], reason: str
) -> None:
    packing, full = measured(four)[0], Answer(reason, used_gpu=True, lives=False)
    first, second = four[0], four[2]
    assert packing.admit([], first, 0)
    assert packing.admit([first], second, 2)
    packing.ended(second, 2, full)
    packing.closed(2)
    assert packing.peaks == {kind_of(first.cell): 1.25 * PEAK}
    assert not packing.admit([first], second, 2)
    packing.ended(first, 0, DONE)
    assert packing.admit([], second, 2)
    assert not packing.admit([second], first, 0)
    packing.ended(second, 2, full)  # alone it says nothing of the plan
    assert packing.peaks == {kind_of(first.cell): 1.25 * PEAK}


def test_a_gpu_that_no_longer_answers_takes_a_cell_at_a_time(four: Sequence[Job]) -> None:
    packing, devices = measured(four)
    devices.mib[0] = nan
    assert packing.admit([], four[0], 0)
    packing.look([four[0]])
    assert not packing.admit([four[0]], four[2], 2)
    other = replace(four[2], threads=2)
    assert packing.admit([four[0]], other, 1)
