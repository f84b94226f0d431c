"""What a data set offers, whatever it lies in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from data.case import Case
from data.content import Content, Known
from data.split import Split
from data.task import Task


class Source(Protocol):
    """A data set that was found: its task, its split, and its cases when asked for."""

    dataset: str
    task: Task
    split: Split
    origin: str
    root: Path | None
    """What to find it by again, beside its name: the plan of a folder of one's own, the folder of a data set of papers
    that was named by its path; None of one that was named by its name."""

    def cases(self, patients: Sequence[str], masks: bool = True) -> list[Case]:
        """Return the checked cases of patients, in their order, then by frame; without masks none is read.

        DataError for a test patient that is not asked for through the gate (`data/held_out.py`), and for a case that
        holds something else than when ``fingerprint`` or ``content`` was asked for.
        """
        ...

    def known(self, patients: Sequence[str]) -> Sequence[Known] | None:
        """Return what the cases of patients hold, in the order of ``cases``; None where cases are generated.

        By it prepared slices are found. DataError as of ``cases``.
        """
        ...

    def fingerprint(self) -> str:
        """Return what changes when the data does: over what all cases hold, or over how they are generated."""
        ...

    def content(self) -> Content | None:
        """Return the fingerprints of what training and scoring read; None where cases are generated."""
        ...

    def reading(self, labeled: Sequence[str]) -> Mapping[str, Any] | None:
        """Return how a folder of one's own, or LiTS, is read where these patients are labelled; None of others.

        It holds what changes a run's numbers and is in neither the split nor the content: labels, channels, windows
        (of each channel, the grey values that become 0 and 1) and the usual fit; and ``form``, what its image files are
        like (data/folders/form.py), which the content tells too.
        """
        ...

    def told(self) -> Mapping[str, str]:
        """Return what was decided of a folder of one's own, in words; nothing of data sets of papers."""
        ...

    def former_fingerprint(self) -> str:
        """Return the fingerprint as it was before it was of the content: what older records hold."""
        ...
