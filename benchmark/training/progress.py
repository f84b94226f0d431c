"""What a person sees of a run: one moving line in a terminal, plain lines elsewhere, a small file for ``status``."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TextIO, TypedDict

from benchmark.training.trail import TRAIL, Row, Trail

LINE_SECONDS = 10.0
TOLD_SECONDS = 1.0  # least time between two updates that the file tells of by themselves
PROGRESS = "progress.json"  # in a run's folder, until its record is written


class Seen(TypedDict):
    """What a run last wrote of itself; rate: updates a second."""

    stage: str
    update: int
    total: int
    rate: float


def progress_of(folder: Path) -> Seen | None:
    """Return what a run last wrote; None where it wrote none, or something else lies there."""
    try:
        values = json.loads((folder / PROGRESS).read_bytes())
        stage, update, total, rate = (values[name] for name in Seen.__annotations__)
    except (OSError, ValueError, TypeError, KeyError):
        return None
    numbers = all(isinstance(number, int | float) for number in (update, total, rate))
    return Seen(stage=stage, update=update, total=total, rate=rate) if numbers and isinstance(stage, str) else None


def minutes_left(seen: Seen) -> float:
    """Return the minutes that the remaining updates take at the rate so far."""
    return (seen["total"] - seen["update"]) / max(seen["rate"], 1e-9) / 60


class Progress:
    """Updates, loss terms, updates a second and time left.

    paces: seconds an update of each stage, as far as this process made any after its first one.
    """

    def __init__(self, total: int, label: str, file: Path | None = None, stream: TextIO | None = None) -> None:
        self.total, self.label, self.file = total, label, file
        self._trail = Trail(None if file is None else file.with_name(TRAIL))
        self.stream = sys.stderr if stream is None else stream
        self.terminal = self.stream.isatty()
        self._born = self._shown = self._told = time.perf_counter()
        self.paces: dict[str, float] = {}
        self._stage: str | None = None
        self._first = 0, self._born  # the first update of the stage in this process, and when it was made

    def made(self, stage: str, update: int) -> None:
        """Hear of an update; the file tells of it, once a second at most, so that a pace is known early."""
        now = time.perf_counter()
        if stage != self._stage:
            self._stage, self._first = stage, (update, now)
            return
        first, when = self._first
        self.paces[stage] = (now - when) / (update - first)
        if now - self._told >= TOLD_SECONDS:
            self._write(Seen(stage=stage, update=update, total=self.total, rate=self._rate(stage, now)))

    def show(self, stage: str, update: int, terms: Mapping[str, float]) -> None:
        """Show where the run is; in a log at most every ten seconds and at the end."""
        now = time.perf_counter()
        rate = self._rate(stage, now)
        self._write(Seen(stage=stage, update=update, total=self.total, rate=rate))
        if not self.terminal and now - self._shown < LINE_SECONDS and update < self.total:
            return
        self._shown = now
        left = (self.total - update) / max(rate, 1e-9)
        losses = " ".join(f"{name} {value:.4f}" for name, value in terms.items())
        line = f"{self.label} {stage} {update}/{self.total} {losses} {rate:.1f} updates/s {left / 60:.1f} min left"
        if self.terminal:
            self.stream.write(f"\r\x1b[2K{line[:160]}" + ("\n" if update >= self.total else ""))
        else:
            self.stream.write(line + "\n")
        self.stream.flush()

    def say(self, words: str) -> None:
        """Say something of the run once, in a line of its own."""
        self.stream.write("\r\x1b[2K" * self.terminal + f"{self.label} {words}\n")
        self.stream.flush()

    def keep(self, rows: Sequence[Row]) -> None:
        """Let others read what was logged so far."""
        self._trail.tell(rows)

    def _rate(self, stage: str, now: float) -> float:
        """Return updates a second of a stage since its first one here, before which data are read and kernels chosen.

        As long as there is no other of it, that of the stage before.
        """
        known = self.paces.get(stage) or next(reversed(self.paces.values()), now - self._born)
        return 1 / max(known, 1e-9)

    def after(self, stage: str) -> None:
        """Say that all updates are made, and what the run does now: a sign of life a case, for who stops what hangs."""
        self._write(Seen(stage=stage, update=self.total, total=self.total, rate=0.0))

    def end(self) -> None:
        """Remove what tells of the run while it has no record."""
        self._trail.remove()
        if self.file is not None:
            self.file.unlink(missing_ok=True)

    def _write(self, seen: Seen) -> None:
        self._told = time.perf_counter()
        if self.file is not None:
            with suppress(OSError):  # a view of the run, no part of it; what must be written says so itself
                self.file.write_text(json.dumps(seen), encoding="utf-8")
