"""Cells on a Ray cluster: each a task, run again where its worker or its node dies, its files brought to the store.

Where the nodes share the store's folder a cell goes on from its checkpoint; elsewhere it starts again, and ends with
the same bytes.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from benchmark.environment import checkout
from benchmark.environment.code import taken
from benchmark.errors import RunError, UsageError
from benchmark.launchers.job import Ended, Job, Retries, sentence
from benchmark.launchers.worker import logged_when_free
from benchmark.training.checkpoint import checksum
from benchmark.training.resume import CHECKPOINT
from results.errors import ResultError
from results.store import Store

INSTALL = "pip install 'action-bench[cluster]', or in a checkout .venv/bin/python -m pip install -e '.[cluster]'"


@dataclass(frozen=True)
class Shares:
    """What a cell takes of the cluster, and how often it is run again after it failed, or its worker or node died.

    gpus: a fraction lets several cells have one GPU. memory: bytes. at_once: cells in flight, None for as many as fit.
    """

    cpus: int = 1
    gpus: float = 0
    memory: int = 0
    retries: int = 3
    at_once: int | None = None


@dataclass(frozen=True)
class Outcome:
    """What a task brings back: the reason of its failure, and the run's files where the store can't see them."""

    reason: str | None
    files: Mapping[str, bytes]


def launch(jobs: Sequence[Job], shares: Shares, address: str | None = None) -> Ended:
    """Run jobs on the cluster at an address, else on the one this machine is part of, else on one started here."""
    ray, sweeps = connected(address), code()
    token = f".seen-by-{uuid4().hex}"
    task = task_of(ray, shares, _run, alone=any(job.cell.outside for job in jobs))
    left = list(reversed(jobs))
    running: dict[Any, Job] = {}
    tries = Retries(shares.retries, elsewhere=True)
    for out in {job.out for job in jobs}:
        out.mkdir(parents=True, exist_ok=True)
        (out / token).touch()
    try:
        while left or running:
            while left and (shares.at_once is None or len(running) < shares.at_once):
                job = left.pop()
                running[task.remote(job, token, sweeps)] = job
            (done,), _ = ray.wait(list(running), num_returns=1)
            job = running.pop(done)
            reason = _received(ray, done, job)
            if tries.ends(job, reason):
                yield job, reason
            else:
                left.insert(0, job)
    finally:
        for unfinished in running:
            ray.cancel(unfinished, force=True)
        for out in {job.out for job in jobs}:
            (out / token).unlink(missing_ok=True)


def task_of(ray: Any, shares: Shares, run: Callable[..., Any], alone: bool = False) -> Any:
    """Return a function as a task with these shares.

    alone: whether each call has a process of its own, as code from outside may change what other cells run by. Shares
    are said to the decorator: only there does Ray see a GPU and give each call a process of its own, as it must, since
    an error of CUDA stays with a process and its memory too. Else a process runs one cell after another.
    """
    options = {"num_cpus": shares.cpus, "num_gpus": shares.gpus, "memory": shares.memory, "max_retries": shares.retries}
    if alone:
        options["max_calls"] = 1
    return ray.remote(**options)(run)


def connected(address: str | None) -> Any:
    """Return Ray, connected; UsageError where it is not installed or nobody answers at the address."""
    _show_token()
    try:
        import ray
    except ImportError:
        raise UsageError(f"--launcher ray needs Ray, which is not installed: {INSTALL}") from None
    if not ray.is_initialized():
        try:
            ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
        except (ConnectionError, ValueError, RuntimeError) as error:
            reason = str(error).splitlines()[0]
            raise UsageError(
                f"--address {address}: no Ray cluster answers there ({reason}); see ray status, and if it asks"
                " for a token, put that into ~/.ray/auth_token"
            ) from None
    return ray


def _show_token() -> None:
    """Let Ray show the cluster's token where this machine has one.

    From 2.59 on ``ray start`` makes a cluster that asks for it, while a driver that is given an address shows none
    unless it is told to; clusters that ask for none take it all the same.
    """
    kept = Path(os.environ.get("RAY_AUTH_TOKEN_PATH", Path.home() / ".ray" / "auth_token"))
    if os.environ.get("RAY_AUTH_TOKEN") or kept.is_file():
        os.environ.setdefault("RAY_AUTH_MODE", "token")


def _received(ray: Any, done: Any, job: Job) -> str | None:
    """Bring a finished task's files into the store; return the reason where it failed."""
    try:
        outcome: Outcome = ray.get(done)
    except ray.exceptions.RayError as error:
        return f"its worker or node died, and so did its retries: {str(error).splitlines()[0]}"
    if outcome.reason is None and outcome.files:
        return _kept(job, outcome.files)
    return outcome.reason


def _kept(job: Job, files: Mapping[str, bytes]) -> str | None:
    """Write a run's files into the store; return why not where they came damaged or can't be written."""
    weights = files.get(CHECKPOINT)
    if weights is not None and checksum(weights) is None:
        return f"{CHECKPOINT} of {job.cell.id}, as it came, is damaged (not what its checksum says)"
    try:
        Store(job.out).receive(job.cell.id, files)
    except ResultError as error:
        return str(error)
    return None


def _run(job: Job, token: str, sweeps: tuple[str | None, str]) -> Outcome:
    """Run a cell on a node, in the store's folder where the node sees it, else in one of the same name there."""
    try:
        mine = code()
    except RunError as error:
        return Outcome(sentence(error), {})
    if mine != sweeps:
        return Outcome(f"a node's code is {_words(mine)}, this sweep's {_words(sweeps)}; update the node", {})
    if (job.out / token).exists():
        return Outcome(logged_when_free(job), {})
    reason = logged_when_free(job)
    return Outcome(reason, {} if reason else files_of(job.folder))


@cache
def code() -> tuple[str | None, str]:
    """Return the checkout's commit and, where its code differs from it, a checksum of how; None outside git."""
    head, dirty = checkout.commit()
    words = ("diff", "HEAD", "--binary", "--full-index", "--no-ext-diff", "--no-textconv", "--no-color", "--no-renames")
    if not dirty:
        return head, ""
    unknown = taken().checkout.sources.whole()  # to git, whose diff lacks such files
    return head, hashlib.sha256(checkout.git(*words) + unknown.encode()).hexdigest()


def _words(code: tuple[str | None, str]) -> str:
    head, changes = code
    return f"of commit {head}" + (f" with uncommitted changes (checksum {changes[:8]})" if changes else "")


def files_of(folder: Path) -> Mapping[str, bytes]:
    """Return a finished run's files by their names below its folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
