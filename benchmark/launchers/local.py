"""Cells on this machine: a worker a slot, cells that fail tried again last, cells that others run looked at again."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import connection

from benchmark.launchers.job import Ended, Job, Retries
from benchmark.launchers.worker import AGAIN_SECONDS, TAKEN, Worker

LOOK_SECONDS = 1.0


@dataclass(frozen=True)
class Patience:
    """retries: how often a failed cell is run again. hang_seconds: without an update or a line of log."""

    retries: int = 1
    hang_seconds: float = 1800.0


Admit = Callable[[Sequence[Job], Job, int], bool]
"""Whether a job may start beside those running, in a slot by its number."""


def always(running: Sequence[Job], job: Job, slot: int) -> bool:
    """Admit every job: slots were counted by what the machine has."""
    return True


def launch(
    jobs: Sequence[Job],
    slots: Sequence[Mapping[str, str]],
    patience: Patience | None = None,
    admit: Admit = always,
    look: Callable[[Sequence[Job]], object] | None = None,
) -> Ended:
    """Run jobs, one a slot, and yield each as it ends for good with None or the reason of its failure.

    slots: the environment variables of each. A cell that fails, whose process dies or that hangs does not stop the
    others. look: called about once a second with the jobs that run. Ending this early stops the workers.
    """
    state = _Queue(deque(jobs), patience or Patience())
    workers: dict[int, Worker] = {}
    try:
        while state.unfinished or any(worker.job for worker in workers.values()):
            _hand_out(state, workers, slots, admit)
            yield from _heard(state, workers)
            if look is not None:
                look([worker.job for worker in workers.values() if worker.job])
    finally:
        for worker in workers.values():
            worker.end()


@dataclass
class _Queue:
    """What waits: cells to run, and cells that others run, until when."""

    ready: deque[Job]
    patience: Patience

    def __post_init__(self) -> None:
        self.retries = Retries(self.patience.retries)
        self.taken: deque[tuple[float, Job]] = deque()

    @property
    def unfinished(self) -> bool:
        return bool(self.ready or self.taken)

    def refill(self) -> None:
        """Put what others ran some seconds ago behind all else."""
        while self.taken and self.taken[0][0] <= time.monotonic():
            self.ready.append(self.taken.popleft()[1])

    def settle(self, job: Job, reason: str | None) -> bool:
        """Return whether a job has ended for good; else it waits again."""
        if reason == TAKEN:
            self.taken.append((time.monotonic() + AGAIN_SECONDS, job))
            return False
        if self.retries.ends(job, reason):
            return True
        self.ready.append(job)
        return False


def _hand_out(state: _Queue, workers: dict[int, Worker], slots: Sequence[Mapping[str, str]], admit: Admit) -> None:
    """Give each free slot the first job that may start there; a slot without one waits."""
    state.refill()
    for slot, environment in enumerate(slots):
        worker = workers.get(slot)
        if worker is not None and worker.job is not None:
            continue
        running = [other.job for other in workers.values() if other.job]
        job = next((job for job in state.ready if admit(running, job, slot)), None)
        if job is None:
            continue
        state.ready.remove(job)
        if worker is None:
            worker = workers[slot] = Worker(environment)
        worker.give(job)


def _heard(state: _Queue, workers: dict[int, Worker]) -> Ended:
    """Wait a moment for answers, and yield the jobs that ended for good."""
    pipes = {worker.pipe: slot for slot, worker in workers.items() if worker.job}
    if not pipes:
        time.sleep(LOOK_SECONDS)  # until others are done with what they run
        return
    for pipe in connection.wait(list(pipes), LOOK_SECONDS):
        slot = pipes[pipe]  # type: ignore[index]
        yield from _ended(state, workers, slot, *workers[slot].answer())
    for slot, worker in list(workers.items()):
        if worker.job and worker.idle_seconds() > state.patience.hang_seconds:
            reason = f"no update in {state.patience.hang_seconds / 60:g} minutes; it was stopped"
            yield from _ended(state, workers, slot, reason, False)


def _ended(state: _Queue, workers: dict[int, Worker], slot: int, reason: str | None, lives: bool) -> Ended:
    worker = workers[slot]
    job, worker.job = worker.job, None
    assert job is not None
    if not lives:
        workers.pop(slot).end()
    if state.settle(job, reason):
        yield job, reason
