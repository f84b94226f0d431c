"""What a data set offers, whatever it lies in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from data.case import Case
from data.split import Split
from data.task import Task


class Source(Protocol):
    """A data set that was found: its task, its split, and its cases when asked for."""

    dataset: str
    task: Task
    split: Split
    origin: str

    def cases(self, patients: Sequence[str], masks: bool = True) -> list[Case]:
        """Return the checked cases of patients, in their order, then by frame; without masks none is read.

        DataError for a test patient that is not asked for through the gate (`data/held_out.py`).
        """
        ...

    def fingerprint(self) -> str:
        """Return what changes when the data does."""
        ...
