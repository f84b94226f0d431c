"""The time left where a method's stages differ in pace: right in each, as far as a record tells how they differ."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmark.launchers.forecast import Forecast, Shape, shape
from benchmark.training.progress import PROGRESS, progress_of
from results.record import Record
from results.store import Store
from tests.benchmark.launchers.test_forecast import UPDATES, by_made_up_time, jobs
from tests.results import made

STAGES = (("i", 50, 0.1), ("ii", 50, 0.4), ("iii", 100, 1.2))
"""Of a method's stages name, updates and seconds of each, which take 5, 20 and 120 seconds."""


def staged(*paces: float | None) -> Record:
    """Return a record of ACTION with three stages, of which it tells these paces."""
    told = [
        {"name": name, "updates": updates, "seconds_an_update": pace}
        for (name, updates, _), pace in zip(STAGES, paces, strict=True)
    ]
    plain = made.record(made.cases(0.5, 0), UPDATES, method="action", dataset="phantom", preset="smoke")
    return Record.model_validate(plain.model_dump() | {"stages": told, "seconds": {"train": 145.0, "evaluate": 0.0}})


@pytest.mark.parametrize("slow", [1.0, 5.0])
def test_where_a_record_tells_the_pace_of_stages_the_time_left_is_right_in_each(tmp_path: Path, slow: float) -> None:
    mine = [job for job in jobs(tmp_path) if job.cell.method == "action"][:1]
    forecast = Forecast(mine, [staged(*(pace for _, _, pace in STAGES))])
    ends = 145 * slow
    update, now = 0, 0.0
    mine[0].folder.mkdir(parents=True)
    for name, updates, pace in STAGES:
        for _ in range(updates):
            update, now = update + 1, now + pace * slow
            if update < UPDATES:
                seen = {"stage": name, "update": update, "total": UPDATES, "rate": 1 / (pace * slow)}
                (mine[0].folder / PROGRESS).write_text(json.dumps(seen))
                assert forecast.left(mine) == pytest.approx(ends - now)


def test_a_record_that_does_not_tell_the_pace_of_each_stage_tells_of_none(tmp_path: Path) -> None:
    cell = next(job.cell for job in jobs(tmp_path) if job.cell.method == "action")
    assert shape(cell, [staged(None, 0.4, 1.2)]) == shape(cell, []) == Shape()
    assert shape(cell, [staged(None, 0.4, 1.2), staged(1.0, 1.0, 1.0)]).left(0.25) == pytest.approx(0.75)
    other = next(job.cell for job in jobs(tmp_path) if job.cell.method == "supervised")
    assert shape(other, [staged(0.1, 0.4, 1.2)]) == Shape()
    assert (Shape().left(0.3), Shape().factor("any")) == (pytest.approx(0.7), 1.0)


def test_what_a_sweep_measured_of_stages_counts_from_then_on(tmp_path: Path) -> None:
    mine = [job for job in jobs(tmp_path) if job.cell.method == "action"]
    forecast = Forecast(mine, [])
    record = staged(*(pace for _, _, pace in STAGES))
    record = record.model_copy(update={"cell": record.cell.model_copy(update={"id": mine[0].id})})
    Store(tmp_path).save(mine[0].id, record, {"cases": made.cases(0.5, 0)}, {})
    forecast.ended(mine[0], None)
    mine[1].folder.mkdir(parents=True, exist_ok=True)
    seen = {"stage": "i", "update": 50, "total": UPDATES, "rate": 10.0}
    (mine[1].folder / PROGRESS).write_text(json.dumps(seen))
    assert forecast.left(mine[1:]) == pytest.approx(140, rel=0.01)


def test_the_pace_is_that_of_the_stage_and_each_stage_has_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    progress, now = by_made_up_time(tmp_path, monkeypatch, 8)
    for update, (stage, after) in enumerate([("i", 2.0)] * 3 + [("ii", 5.0)] * 3 + [("iii", 9.0)] * 2, 1):
        now[0] += after
        progress.made(stage, update)
        if update == 4:  # one update of a stage tells no pace of it: what is known is that of the stage before
            progress.show(stage, update, {})
            seen = progress_of(tmp_path)
            assert seen is not None and (seen["stage"], seen["rate"]) == ("ii", pytest.approx(0.5))
    assert progress.paces == {"i": pytest.approx(2.0), "ii": pytest.approx(5.0), "iii": pytest.approx(9.0)}
    seen = progress_of(tmp_path)
    assert seen is not None and seen["rate"] == pytest.approx(1 / 9)
