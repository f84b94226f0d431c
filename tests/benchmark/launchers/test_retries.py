"""What is worth a second try, and what is not: a failure that the next try would end by too."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from benchmark.cells.cell import Wish, resolve_cell
from benchmark.errors import PassingError, RunError, UsageError
from benchmark.launchers.job import Job, Lasting, Refused, Retries, sentence
from benchmark.launchers.worker import logged
from benchmark.training.checkpoint import OtherRunError
from data.catalog import find
from data.errors import DataError, DataUsageError
from methods.errors import MethodError, MethodUsageError
from results.errors import ResultError
from shell.errors import WriteError
from tests.benchmark.launchers.cells import EACH_UPDATE, jobs
from tests.benchmark.outside.strangers import written

SHORT = {"updates": 4, "validations": 1}


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (RunError("this twin learns from more"), Lasting),
        (OtherRunError("of other code", Path("checkpoint.pt"), "code"), Lasting),
        (MethodError("loss term 'total' is nan, which is not finite"), Lasting),
        (UsageError("--device tpu"), Refused),
        (DataUsageError("no such data set"), Refused),
        (MethodUsageError("no such encoder"), Refused),
        (PassingError("out of memory on a card"), str),
        (DataError("an image cannot be read"), str),
        (WriteError("the disk is full"), str),
        (ResultError("a record is damaged"), str),
        (OSError("the file server is away"), str),
        (RuntimeError("CUDA error: device-side assert triggered"), str),
        (MemoryError(), str),
    ],
    ids=lambda given: type(given).__name__ if isinstance(given, Exception) else "",
)
def test_a_reason_tells_whether_the_next_try_would_end_by_it_too(error: Exception, kind: type[str]) -> None:
    assert type(pickle.loads(pickle.dumps(sentence(error)))) is kind  # as it comes back from a worker


def tries(reason: str, retries: Retries, job: Job) -> int:
    """Return how often a job that always ends so is run."""
    return next(number for number in range(1, 10) if retries.ends(job, reason))


@pytest.mark.parametrize(("reason", "here", "there"), [("died", 3, 3), (Refused("no"), 1, 3), (Lasting("no"), 1, 1)])
def test_what_lasts_is_tried_once_and_a_wrong_word_again_where_another_machine_may_read_it(
    reason: str, here: int, there: int, tmp_path: Path
) -> None:
    (job, _) = jobs(tmp_path, 1)
    assert tries(reason, Retries(2), job) == here
    assert tries(reason, Retries(2, elsewhere=True), job) == there


@pytest.mark.usefixtures("thin")
def test_a_twin_that_is_none_is_not_trained_a_second_time(tmp_path: Path) -> None:
    file = written(tmp_path / "my_method.py")
    file.write_text(file.read_text().replace('twin = {"agreement": 0.0}', 'twin = {"ramp": 0.0}'))
    wish = Wish(method=str(file), dataset="phantom", preset="smoke", labeled=2, set=SHORT, twin=True)
    job = Job(resolve_cell(wish, find("phantom"), "cpu"), None, tmp_path / "out", "cpu", 1, EACH_UPDATE)
    reason = logged(job)
    assert reason is not None and "of this twin learns from more than its supervised term" in reason
    assert Retries(1).ends(job, reason)


@pytest.mark.usefixtures("thin")
def test_weights_that_were_lost_while_a_run_trained_are_worth_a_second_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (job, _) = jobs(tmp_path, 1)
    monkeypatch.setattr("benchmark.training.resume._is", lambda file, digest: False)
    reason = logged(job)
    assert reason is not None and "is missing or damaged; start the same command again" in reason
    assert not Retries(1).ends(job, reason)
    monkeypatch.undo()
    assert logged(job) is None
