"""Who runs a cell: a lock file a cell, which the system releases when its owner dies."""

from __future__ import annotations

import socket
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, SoftFileLock, Timeout

from results.errors import ResultError


class TakenError(ResultError):
    """Another process runs the cell at this moment."""


def lock_of(root: Path, cell_id: str) -> Path:
    """Return a cell's lock file, which is made when the cell is first claimed."""
    return root / "locks" / f"{cell_id}.lock"


@contextmanager
def claimed(root: Path, cell_id: str) -> Iterator[None]:
    """Hold a cell's lock; TakenError where another process has it.

    The lock files lie beside the run folders, not in them, and stay: one that were removed could be held twice.
    Two machines exclude each other where their file system passes locks on (NFS version 4, Lustre mounted with flock).
    """
    path = lock_of(root, cell_id)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path, timeout=0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a file system without locks, which is refused below
            lock.acquire()
    except Timeout:
        raise TakenError(f"{cell_id} is being run by another process; benchmark.status says how far it is") from None
    except (OSError, NotImplementedError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ResultError(f"{path} cannot be locked on {socket.gethostname()}: {reason}; use another --out") from None
    try:
        held: object = lock  # it changes its class where the file system has no locks
        if isinstance(held, SoftFileLock):  # a file that a killed owner leaves behind for ever
            raise ResultError(f"{path}: this file system has no locks; use an --out on one that has")
        yield
    finally:
        lock.release()


def is_claimed(root: Path, cell_id: str) -> bool:
    """Return whether a process runs the cell at this moment."""
    if not lock_of(root, cell_id).exists():
        return False
    try:
        with claimed(root, cell_id):
            return False
    except TakenError:
        return True
