"""Cells on this machine: a worker a slot, cells that fail tried again last, cells that others run looked at again."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import connection

from benchmark.launchers.hung import Hanging
from benchmark.launchers.job import Ended, Job, Retries
from benchmark.launchers.worker import AGAIN_SECONDS, TAKEN, Answer, Worker

LOOK_SECONDS = 1.0


@dataclass(frozen=True)
class Patience:
    """retries: how often a failed cell is run again. hang_seconds: without an update or a line of log."""

    retries: int = 1
    hang_seconds: float = 1800.0


class Room:
    """Where jobs may start, and what is told of them: everywhere, since slots were counted by what the machine has."""

    def admit(self, running: Sequence[Job], job: Job, slot: int) -> bool:
        """Return whether a job may start in a slot beside those running."""
        return True

    def look(self, running: Sequence[Job]) -> None:
        """See what runs, about once a second."""

    def ended(self, job: Job, slot: int, answer: Answer) -> None:
        """Hear that a job came back, done or not."""

    def closed(self, slot: int) -> None:
        """Hear that a slot's process is gone."""


def launch(
    jobs: Sequence[Job],
    slots: Sequence[Mapping[str, str]],
    patience: Patience | None = None,
    room: Room | None = None,
    look: Callable[[Sequence[Job]], object] | None = None,
) -> Ended:
    """Run jobs, one a slot, and yield each as it ends for good with None or the reason of its failure.

    slots: the environment variables of each. A cell that fails, whose process dies or that hangs does not stop the
    others. look: called about once a second with the jobs that run. Ending this early stops the workers.
    """
    state = _Queue(deque(jobs), patience or Patience(), room or Room())
    workers: dict[int, Worker] = {}
    watchers = [state.room.look, *([look] if look else [])]
    try:
        while state.unfinished or any(worker.job for worker in workers.values()):
            _hand_out(state, workers, slots)
            yield from _heard(state, workers)
            yield from _stopped(state, workers)
            for see in watchers:
                see([worker.job for worker in workers.values() if worker.job])
    finally:
        for worker in workers.values():
            worker.end()


@dataclass
class _Queue:
    """What waits: cells to run, and cells that others run, until when."""

    ready: deque[Job]
    patience: Patience
    room: Room

    def __post_init__(self) -> None:
        self.retries = Retries(self.patience.retries)
        self.taken: deque[tuple[float, Job]] = deque()
        self.hanging = Hanging(self.patience.hang_seconds)

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


def _hand_out(state: _Queue, workers: dict[int, Worker], slots: Sequence[Mapping[str, str]]) -> None:
    """Give each free slot the first job that may start there; a slot without one waits."""
    state.refill()
    for slot, environment in enumerate(slots):
        if slot in workers and workers[slot].job is not None:
            continue
        if slot in workers and not workers[slot].process.is_alive():
            _close(state, workers, slot)
        running = [other.job for other in workers.values() if other.job]
        job = next((job for job in state.ready if state.room.admit(running, job, slot)), None)
        if job is None:
            continue
        if slot not in workers:
            workers[slot] = Worker(environment)
        try:
            workers[slot].give(job)
            state.ready.remove(job)
        except OSError:  # the process died this moment, before it had the job, which waits for the next one
            _close(state, workers, slot)


def _heard(state: _Queue, workers: dict[int, Worker]) -> Ended:
    """Wait a moment for answers, and yield the jobs that ended for good."""
    pipes = {worker.pipe: slot for slot, worker in workers.items() if worker.job}
    if not pipes:
        time.sleep(LOOK_SECONDS)  # until others are done with what they run
        return
    for pipe in connection.wait(list(pipes), LOOK_SECONDS):
        slot = pipes[pipe]  # type: ignore[index]
        yield from _ended(state, workers, slot, workers[slot].answer())


def _stopped(state: _Queue, workers: dict[int, Worker]) -> Ended:
    """Stop what hangs, and yield the jobs that thereby ended for good."""
    lives = {slot: worker.life for slot, worker in workers.items() if worker.life}
    for slot, reason in state.hanging.found(lives):
        yield from _ended(state, workers, slot, Answer(reason, lives=False))


def _ended(state: _Queue, workers: dict[int, Worker], slot: int, answer: Answer) -> Ended:
    worker = workers[slot]
    job, worker.job, worker.life = worker.job, None, None  # who is idle is not silent
    assert job is not None
    if not answer.lives:
        _close(state, workers, slot)
    state.room.ended(job, slot, answer)
    if state.settle(job, answer.reason):
        yield job, answer.reason


def _close(state: _Queue, workers: dict[int, Worker], slot: int) -> None:
    workers.pop(slot).end()
    state.room.closed(slot)
