"""A worker, whatever its own environment, takes prepared slices from where the sweep's names them."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

from benchmark.launchers import ray, slurm
from benchmark.launchers.job import Job
from benchmark.launchers.worker import logged
from benchmark.running import execution
from data.preparing.place import PLACE, VARIABLE, place_to_fill
from tests.benchmark.launchers.cells import jobs


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return where each cell that is run would look for prepared slices, filled as they are."""
    places: list[Path] = []
    monkeypatch.setattr(execution, "run_cell", lambda *given: places.append(place_to_fill()))
    return places


def sent(out: Path, monkeypatch: pytest.MonkeyPatch, named: str | None, there: str | None) -> Job:
    """Return a job as a worker has it, whose environment names another place than the sweep's, or none."""
    for number, place in enumerate((named, there)):
        if place is None:
            monkeypatch.delenv(VARIABLE, raising=False)
        else:
            monkeypatch.setenv(VARIABLE, place)
        if not number:
            job = pickle.dumps(jobs(out, 1)[0])
    return pickle.loads(job)


@pytest.mark.parametrize("launcher", ["local", "ray", "slurm"])
@pytest.mark.parametrize(
    ("named", "there", "found"),
    [
        ("/shared/prepared", None, Path("/shared/prepared")),
        ("/shared/prepared", "/node/prepared", Path("/shared/prepared")),
        (None, "/node/prepared", Path("/node/prepared")),
        (None, None, PLACE),
        ("prepared", None, Path.cwd() / "prepared"),
    ],
)
def test_a_worker_looks_where_the_sweeps_environment_says(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    seen: list[Path],
    launcher: str,
    named: str | None,
    there: str | None,
    found: Path,
) -> None:
    job = sent(tmp_path, monkeypatch, named, there)
    (tmp_path / "token").touch()
    if launcher == "ray":
        assert ray._run(job, "token", ray.code()).reason is None
    else:
        assert (slurm.Attempt() if launcher == "slurm" else logged)(job) is None
    assert seen == [found]
    assert os.environ.get(VARIABLE) == there  # the next cell of the process may be of another sweep
