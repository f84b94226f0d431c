"""Cells that hang: how long each has shown no sign of life, and which are to be stopped for it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmark.launchers.job import LOG
from benchmark.training.progress import PROGRESS

PAUSE_SECONDS = 30.0  # between two looks: longer than stopping a few workers takes, so the sweep itself stood still


class Life:
    """The signs of life of a cell that runs: an update, or a line in its log, both files in its run's folder.

    Silence is counted on this process's own clock, which stands still while the machine sleeps.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._signs: tuple[tuple[int, int] | None, ...] = ()
        self.wake()

    def wake(self) -> None:
        """Let the cell's silence begin now."""
        self._heard = time.monotonic()

    def silent_seconds(self) -> float:
        """Return for how long the cell has shown no sign of life."""
        signs = tuple(_sign(self.folder / name) for name in (PROGRESS, LOG))
        if signs != self._signs:
            self._signs = signs
            self.wake()
        return time.monotonic() - self._heard


class Hanging:
    """Finds the cells that have been silent for too long; what the sweep itself slept through is no silence."""

    def __init__(self, limit_seconds: float) -> None:
        self.limit_seconds = limit_seconds
        self._looked = time.monotonic()

    def found(self, lives: Mapping[int, Life]) -> Iterator[tuple[int, str]]:
        """Yield the slots whose cell is to be stopped, each with the reason. lives: of the cells that run, by slot."""
        if self._stood_still():
            for life in lives.values():
                life.wake()
        for slot, life in lives.items():
            if life.silent_seconds() > self.limit_seconds:
                yield slot, f"no update in {self.limit_seconds / 60:g} minutes; it was stopped"

    def _stood_still(self) -> bool:
        """Return whether the sweep itself was stopped since it last looked: by ctrl-Z, or with a virtual machine."""
        before, self._looked = self._looked, time.monotonic()
        return self._looked - before > PAUSE_SECONDS


def _sign(file: Path) -> tuple[int, int] | None:
    """Return when a file was written and how long it is; None where there is none."""
    try:
        seen = file.stat()
    except OSError:
        return None
    return seen.st_mtime_ns, seen.st_size
