"""What data sets that papers use have in common: nothing of how they are read is decided here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from data.case import Case
from data.content import Content, Digests, Known
from data.split import Split
from data.task import Task


class Published(ABC):
    """A data set with a layout, a scaling and a split of its papers."""

    dataset: str
    task: Task
    split: Split
    origin: str
    root: Path | None = None
    """The folder, where it was named by its path."""
    digests: Digests | None = None
    """Of what the cases hold, and how each is read; None where cases are generated."""

    @abstractmethod
    def cases(self, patients: Sequence[str], masks: bool = True) -> list[Case]:
        """Return the cases of patients; see ``data.source.Source``, as for the rest."""

    def known(self, patients: Sequence[str]) -> Sequence[Known] | None:
        """Return None: cases are generated."""
        return None

    @abstractmethod
    def fingerprint(self) -> str:
        """Return what changes when the data does."""

    def named(self, patients: Sequence[str]) -> Mapping[str, str]:
        """Return the patient of each case of these patients, in order, where cases are read from files."""
        raise NotImplementedError

    def says_sizes(self, case: str) -> bool:
        """Return whether a case's files say how large its voxels are; True where none is otherwise than the rest."""
        return True

    def content_of(self, trained: Sequence[str], tested: Sequence[str]) -> Content | None:
        """Return the fingerprints of what patients' cases hold; None where they are generated."""
        return None

    def reading(self, labeled: Sequence[str]) -> Mapping[str, Any] | None:
        """Return None."""
        return None

    def told(self) -> Mapping[str, str]:
        """Return nothing."""
        return {}
