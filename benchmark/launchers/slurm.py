"""Cells as an array of Slurm jobs, through submitit; the store's folder is one that all nodes see."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmark.errors import UsageError
from benchmark.launchers.job import Ended, Job, Retries
from benchmark.launchers.worker import logged_when_free

INSTALL = "pip install 'action-bench[slurm]', or in a checkout .venv/bin/python -m pip install -e '.[slurm]'"
POLL_SECONDS = 2.0  # of the files by which submitit knows that a job has ended; it asks Slurm itself less often
Scalar = int | float | str


class Attempt:
    """Runs a cell; where Slurm is about to stop it for its time or a better job, it is queued again and goes on."""

    def __call__(self, job: Job) -> str | None:
        """Return None or the reason of the cell's failure."""
        return logged_when_free(job)

    def checkpoint(self, job: Job) -> Any:
        """Return what submitit queues instead; the cell's own checkpoint is at most a minute old."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self, job)


def launch(
    jobs: Sequence[Job],
    folder: Path,
    at_once: int,
    parameters: Mapping[str, Scalar],
    retries: int = 0,
    cluster: str | None = None,
) -> Ended:
    """Submit jobs as one array, ``at_once`` of which run at a time, and yield each as it ends for good.

    folder: of submitit's scripts and logs. parameters: of sbatch, by submitit's names. cluster: ``slurm``, or ``local``
    for processes of this machine; None takes Slurm where this machine has it, and refuses where it has not.
    """
    executor = _executor(folder, cluster)
    threads = max(job.threads for job in jobs) if jobs else 1
    values = {"cpus_per_task": threads, "slurm_array_parallelism": at_once, "name": "action-bench", **parameters}
    try:
        executor.update_parameters(**values)
    except (NameError, ValueError, TypeError) as error:
        text = str(error).splitlines()[0]
        raise UsageError(f"--slurm {' '.join(parameters)}: submitit takes no such parameter ({text})") from None
    try:
        submitted_jobs = executor.map_array(Attempt(), list(jobs))
    except RuntimeError as error:  # submitit's, of sbatch: no controller answers, or it has no such partition
        raise UsageError(f"--launcher slurm: this machine can't submit ({str(error).splitlines()[0]})") from None
    waiting = dict(zip(submitted_jobs, jobs, strict=True))
    tries = Retries(retries, elsewhere=True)
    try:
        while waiting:
            ended = [submitted for submitted in waiting if submitted.done()]
            for submitted in ended:
                job = waiting.pop(submitted)
                reason = _reason(submitted)
                if tries.ends(job, reason):
                    yield job, reason
                else:
                    waiting[executor.submit(Attempt(), job)] = job
            if not ended:
                time.sleep(POLL_SECONDS)
    finally:
        for submitted in waiting:
            submitted.cancel()


def _executor(folder: Path, cluster: str | None) -> Any:
    try:
        import submitit
    except ImportError:
        raise UsageError(f"--launcher slurm needs submitit, which is not installed: {INSTALL}") from None
    try:
        return submitit.AutoExecutor(folder=folder, cluster=cluster or "slurm")
    except RuntimeError as error:
        raise UsageError(f"--launcher slurm: this machine can't submit ({str(error).splitlines()[0]})") from None


def _reason(submitted: Any) -> str | None:
    """Return None or why a job ended without a record."""
    result: str | None
    try:
        result = submitted.result()
    except Exception as error:  # whatever a job died of, submitit raises here with its log
        return f"its job ended: {str(error).splitlines()[0]}; its log is {submitted.paths.stderr}"
    return result
