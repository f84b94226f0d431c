"""Slurm through submitit: its own local executor runs the same cells; what can't be submitted is one sentence."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from benchmark.errors import UsageError
from benchmark.launchers.job import Job
from benchmark.launchers.slurm import Attempt, launch
from tests.benchmark.launchers.cells import content, jobs, undisturbed


@pytest.fixture
def submitit() -> None:
    if importlib.util.find_spec("submitit") is None:
        pytest.skip("submitit is not installed: pip install -e '.[slurm]' adds it")


@pytest.mark.slow
@pytest.mark.usefixtures("submitit")
def test_jobs_of_an_array_leave_the_same_bytes_and_failures_their_reason(tmp_path: Path) -> None:
    mine = jobs(tmp_path / "slurm", 1)
    bad = Job(mine[0].cell, tmp_path / "none", tmp_path / "bad", "tpu", 1)
    parameters = {"timeout_min": 10}
    ended = {
        job.out.name + job.cell.method: reason
        for job, reason in launch([*mine, bad], tmp_path / "logs", 2, parameters, cluster="local")
    }
    assert ended.pop("badsupervised") == "--device tpu: known are auto, cpu, cuda"
    assert ended == {"slurmsupervised": None, "slurmmean_teacher": None}
    for cell, wanted in undisturbed(tmp_path / "alone", 1).items():
        assert content(tmp_path / "slurm", cell) == wanted


@pytest.mark.usefixtures("submitit")
def test_a_job_that_slurm_stops_is_queued_again_as_it_was(tmp_path: Path) -> None:
    job = jobs(tmp_path, 1)[0]
    again = Attempt().checkpoint(job)
    assert isinstance(again.function, Attempt)
    assert again.args == (job,)


@pytest.mark.usefixtures("submitit")
def test_what_cannot_be_submitted_is_one_sentence(tmp_path: Path) -> None:
    mine = jobs(tmp_path / "runs", 1)
    with pytest.raises(UsageError, match="this machine can't submit"):
        next(launch(mine, tmp_path / "logs", 1, {}))
    with pytest.raises(UsageError, match="--slurm colour: submitit takes no such parameter"):
        next(launch(mine, tmp_path / "logs", 1, {"colour": "red"}, cluster="local"))


def test_without_submitit_one_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "submitit", None)
    with pytest.raises(
        UsageError, match=r"needs submitit, which is not installed: pip install 'action-bench\[slurm\]'"
    ):
        next(launch(jobs(tmp_path, 1), tmp_path, 1, {}))
