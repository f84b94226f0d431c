"""What may end the process that does it, done in a process of its own, and what is being done, noted before."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from data.errors import DataError
from data.preparing.aside import PlaceError, aside, note

ORPHAN_SECONDS = 1.0
KILLED = (
    "the process that read it, and nothing beside it, was ended, as systems do where memory runs out and as a library "
    "may that its files are too damaged for; mend them, or prepare it where more memory is"
)
Answer = TypeVar("Answer")


class KilledError(DataError):
    """What was done ended its process; the message is one sentence, of the case that it was done to."""


def apart(
    act: Callable[..., Answer], *given: object, begin: Callable[..., None] | None = None, to: object = None
) -> Answer:
    """Return what a function does in a new process; KilledError where that is ended, PlaceError where none begins.

    begin: is called there before with ``to`` and this process's number.
    """
    pool = ProcessPoolExecutor(1, get_context("spawn"), begin or _begin, (to, os.getpid()))
    begun = False
    try:
        begun = pool.submit(os.getpid).result() > 0
        return pool.submit(act, *given).result()
    except BrokenProcessPool:
        if begun:
            raise KilledError(KILLED) from None
        raise PlaceError(
            "a process that prepares cases was ended before it began, as systems do where memory runs out; run the "
            "same command again where more is free, with --jobs 1 for the least"
        ) from None
    finally:
        end(pool)


class Guard:
    """Notes which cases this process is at, and does apart what was noted as one was killed.

    suspects: the cases that were noted.
    """

    def __init__(self, place: Path, suspects: Collection[str]) -> None:
        self.suspects = suspects
        self._place, self._left = place, ExitStack()
        self._here: Path | None = None

    def __enter__(self) -> Guard:
        return self

    def __exit__(self, *_: object) -> None:
        self._left.close()

    def at(self, cases: Iterable[str]) -> None:
        """Note the cases that are read next in this process."""
        if self._here is None:
            self._here = self._left.enter_context(aside(self._place))
        note(self._here, cases)

    def read(self, case: str, act: Callable[..., Answer], *given: object) -> Answer:
        """Return what a function reads of a case; KilledError where that ends its process."""
        if case in self.suspects:
            return apart(act, *given)
        self.at([case])
        return act(*given)


def follow(parent: int) -> None:
    """Let this process end once its parent is gone, and not by ctrl-C, which reaches the whole group."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends its processes
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def end(pool: ProcessPoolExecutor) -> None:
    """End a pool; what its processes have not finished they leave aside, to be made again."""
    processes = list((pool._processes or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()
    for process in processes:
        process.join()


def _begin(_: object, parent: int) -> None:
    follow(parent)


def _end_with(parent: int) -> None:
    """End this process once its parent is gone: a pool's process would wait for work for ever."""
    while os.getppid() == parent:
        time.sleep(ORPHAN_SECONDS)
    os._exit(1)
