"""The time left of a sweep: right within 30 % from its first ten seconds on, on cells whose cost is made up."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from benchmark.cells.cell import Wish, resolve_cell
from benchmark.launchers.display import Watch
from benchmark.launchers.forecast import Forecast, words
from benchmark.launchers.job import Job
from benchmark.launchers.plan import past
from benchmark.launchers.price import of_one_device
from benchmark.training.progress import PROGRESS, Progress, progress_of
from data.catalog import find
from results.record import Record
from results.store import Store
from tests.results import made

UPDATE_SECONDS = {"supervised": 0.11, "mean_teacher": 0.19, "action": 0.37}
BEGUN, REST = 4.0, 2.5  # seconds until a worker's first cell trains, and from the last update to the record
UPDATES, OTHER_UPDATES = 200, 100


def jobs(out: Path) -> list[Job]:
    source = find("phantom")
    wishes = [
        Wish(method=method, dataset="phantom", preset="smoke", labeled=count, seed=seed, set={"updates": updates})
        for seed in (0, 1)
        for method, count, updates in (
            ("supervised", 2, UPDATES),
            ("mean_teacher", 2, UPDATES),
            ("action", 2, UPDATES),
            ("supervised", 3, OTHER_UPDATES),
        )
    ]
    return [Job(resolve_cell(wish, source, "cpu"), None, out, "cpu", 1) for wish in wishes]


@dataclass
class Sweep:
    """Two slots that take jobs in order, as time is told to pass; progress and records are written as runs do."""

    jobs: Sequence[Job]
    slow: float
    now: float = 0.0
    spans: dict[str, tuple[float, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        free = [BEGUN * self.slow] * 2
        for job in self.jobs:
            slot = free.index(min(free))
            ends = free[slot] + self._seconds(job) + REST * self.slow
            self.spans[job.id] = free[slot], ends
            free[slot] = ends
        self.end = max(free)

    def _seconds(self, job: Job) -> float:
        return job.cell.schedule.updates * UPDATE_SECONDS[job.cell.method] * self.slow

    def at(self, now: float) -> tuple[list[Job], list[Job]]:
        """Return what runs then, with its progress written, and what has ended since the last call."""
        ended = [job for job in self.jobs if self.now < self.spans[job.id][1] <= now]
        first = sorted(self.jobs, key=lambda job: self.spans[job.id])[:2]  # of each worker, which begins with imports
        running = [
            job for job in self.jobs if (job in first or self.spans[job.id][0] <= now) and now < self.spans[job.id][1]
        ]
        self.now = now
        for job in ended:
            seconds = {"train": self._seconds(job), "evaluate": REST * self.slow}
            record = made.record(made.cases(0.5, 0), job.cell.schedule.updates, id=job.id, method=job.cell.method)
            table = {"cases": made.cases(0.5, 0)}
            record = Record.model_validate(record.model_dump() | {"seconds": seconds})
            Store(job.out).save(job.id, record, table, {})
        for job in running:
            self._write(job)
        return running, ended

    def _write(self, job: Job) -> None:
        each, total = UPDATE_SECONDS[job.cell.method] * self.slow, job.cell.schedule.updates
        update = min(int((self.now - self.spans[job.id][0]) / each), total)
        if update > 1:
            job.folder.mkdir(parents=True, exist_ok=True)
            seen = {"stage": "train", "update": update, "total": total, "rate": 0.0 if update == total else 1 / each}
            (job.folder / PROGRESS).write_text(json.dumps(seen))


@pytest.mark.parametrize("slow", [0.5, 1.0, 8.0])
def test_time_left_is_right_within_30_percent_from_ten_seconds_on(tmp_path: Path, slow: float) -> None:
    mine = jobs(tmp_path)
    sweep = Sweep(mine, slow)
    forecast = Forecast(mine, past(tmp_path), clock=lambda: sweep.now)
    told: list[tuple[float, float]] = []
    start = max(10.0, BEGUN * slow + 10.0 * (slow > 2))  # a machine whose workers need 30 s tells once one trains
    for second in range(1, int(sweep.end)):
        running, ended = sweep.at(float(second))
        for job in ended:
            forecast.ended(job, None)
        left = forecast.left(running)
        if second >= start and sweep.end - second > 0.1 * sweep.end:
            assert left is not None
            told.append((left, sweep.end - second))
    assert len(told) > 20
    assert max(abs(left / true - 1) for left, true in told) < 0.3


def test_nothing_is_said_of_time_before_anything_trains(tmp_path: Path) -> None:
    mine = jobs(tmp_path)
    assert Forecast(mine, past(tmp_path)).left(mine[:2]) is None
    assert Forecast(mine, []).left([]) is None


def test_a_failed_cell_is_no_work_left_and_tells_no_pace(tmp_path: Path) -> None:
    mine = jobs(tmp_path)[:1]
    forecast = Forecast(mine, past(tmp_path))
    forecast.ended(mine[0], "it failed")
    assert forecast.left([]) is None


def test_where_nobody_sees_what_runs_the_time_left_follows_the_work_done(tmp_path: Path) -> None:
    mine = [job for job in jobs(tmp_path) if job.cell.method == "supervised"]
    sweep = Sweep(mine, 1.0)
    forecast = Forecast(mine, [], clock=lambda: sweep.now)
    _, ended = sweep.at(UPDATES * 0.11 + BEGUN + REST)
    assert [job.cell.schedule.updates for job in ended] == [UPDATES, OTHER_UPDATES]
    for job in ended:
        forecast.ended(job, None)
    assert forecast.left([]) == pytest.approx(sweep.now, rel=0.01)  # as much again


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, "time left not known yet"), (42.4, "42 s left"), (300, "5 min left"), (9000, "2.5 h left")],
)
def test_time_left_in_words(seconds: float | None, said: str) -> None:
    assert words(seconds) == said


def lines(watch: Watch, stream: io.StringIO, times: Iterator[float], set_time: list[float]) -> list[float]:
    """Return the times at which a line was written."""
    shown = []
    for time in times:
        before, set_time[0] = len(stream.getvalue()), time
        watch.look([])
        if len(stream.getvalue()) > before:
            shown.append(time)
    return shown


def test_a_log_gets_its_first_line_after_ten_seconds_and_then_one_a_minute_at_most(tmp_path: Path) -> None:
    stream, now, mine = io.StringIO(), [0.0], jobs(tmp_path)
    watch = Watch(mine, Forecast(mine, []), stream, clock=lambda: now[0])
    assert lines(watch, stream, iter(map(float, range(1, 240))), now) == [10, 30, 70, 130, 190]
    assert stream.getvalue().startswith("0/8 done, time left not known yet")


def test_an_ended_cell_is_told_with_the_time_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = jobs(tmp_path)
    sweep = Sweep(mine, 1.0)
    watch = Watch(mine, Forecast(mine, past(tmp_path), clock=lambda: sweep.now), io.StringIO())
    running, ended = sweep.at(30.0)
    assert [job.cell.method for job in ended] == ["supervised"]
    watch.look([*running, *ended])
    watch.ended(ended[0], None, "done")
    said = capsys.readouterr().out
    assert said.startswith(f"[1/8] done {ended[0].id} (") and said.endswith(" left)\n")
    left = watch.forecast.left(running)
    assert left == pytest.approx(sweep.end - 30, rel=0.3)
    assert watch.forecast.left(running[:1]) == pytest.approx(left, rel=0.3)  # a slot that is free this moment counts


def by_made_up_time(folder: Path, patch: pytest.MonkeyPatch, total: int) -> tuple[Progress, list[float]]:
    """Return what tells of a run, and the seconds that it takes for now."""
    now = [0.0]
    patch.setattr("benchmark.training.progress.time.perf_counter", lambda: now[0])
    return Progress(total, "a", folder / PROGRESS, io.StringIO()), now


def test_the_pace_of_a_run_leaves_out_what_comes_before_its_first_update(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    progress, now = by_made_up_time(tmp_path, monkeypatch, 100)
    assert progress_of(tmp_path) is None
    for update in range(1, 21):
        now[0] = 30 + 0.5 * update
        progress.made("train", update)
    seen = progress_of(tmp_path)
    assert seen is not None and seen["update"] == 20
    assert seen["rate"] == pytest.approx(2.0)
    assert progress.paces == {"train": pytest.approx(0.5)}


def test_records_of_another_processor_or_precision_are_of_another_device() -> None:
    mine = {"device": "cpu", "processor": "A", "precision": "bf16"}
    kinds = [mine, mine, {**mine, "processor": "B"}, {**mine, "precision": "fp32"}, {**mine, "device": "cuda"}]
    plain = made.record(made.cases(0.5, 0), 20)
    records = [plain.model_copy(update={"environment": kind}) for kind in kinds]
    assert of_one_device(records) == records[:2]
    assert of_one_device([]) == []
