"""A cell as a launcher sees it, and the one function that runs it, wherever that is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.cell import Cell

if TYPE_CHECKING:
    from data.catalog import Source


@dataclass(frozen=True)
class Job:
    """A cell and where it is run and kept."""

    cell: Cell
    data_root: Path | None
    out: Path
    device: str
    threads: int

    @property
    def folder(self) -> Path:
        """Return the run's folder."""
        return self.out / self.cell.id


Ended = Iterator[tuple[Job, str | None]]
"""Jobs as they end, each with None or the reason of its failure in one sentence."""


class Retries:
    """How often each job may fail and be run again."""

    def __init__(self, allowed: int) -> None:
        self.allowed, self._failures = allowed, Counter[str]()

    def ends(self, job: Job, reason: str | None) -> bool:
        """Return whether a job that came back has ended for good: done, or failed once too often."""
        self._failures[job.cell.id] += reason is not None
        return reason is None or self._failures[job.cell.id] > self.allowed


def attempt(job: Job) -> str | None:
    """Run a cell, or go on with it; return None or the reason of its failure.

    TakenError where another process runs it at this moment.
    """
    from benchmark.environment import device_of
    from benchmark.errors import REPORTED
    from benchmark.execution import Options, run_cell
    from results.claims import TakenError
    from results.store import Store

    try:
        source = _source(job.cell.dataset, job.data_root)
        if source.fingerprint() != job.cell.data_fingerprint:
            return f"this process finds other files of {source.dataset} ({source.origin}) than the cell is of"
        run_cell(job.cell, source, Store(job.out), Options(device_of(job.device), threads=job.threads))
    except TakenError:
        raise
    except (*REPORTED, RuntimeError, MemoryError, OSError) as error:
        return f"{type(error).__name__}: {str(error) or 'no reason given'}"
    return None


@lru_cache(maxsize=4)
def _source(dataset: str, data_root: Path | None) -> Source:
    """Return a data set, looked for once a process."""
    from data.catalog import find

    return find(dataset, data_root)
