"""What a person sees of a sweep: one moving line in a terminal; elsewhere a line after ten seconds, then fewer."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

from benchmark.launchers.forecast import Forecast, words
from benchmark.launchers.job import LOG, Ended, Job
from benchmark.training.progress import progress_of
from benchmark.watching.mark import told_of

FIRST_SECONDS, LINE_SECONDS = 10.0, 60.0  # until a log's first line, and at most between two of them
WIDTH = 160


class Watch:
    """How many cells are done, how long the others take, and how far the running ones are."""

    def __init__(
        self,
        jobs: Sequence[Job],
        forecast: Forecast,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.total, self.done, self.forecast = len(jobs), 0, forecast
        self.stream = sys.stderr if stream is None else stream
        self.terminal = self.stream.isatty()
        self._clock, self._shown, self._pause = clock, clock(), FIRST_SECONDS
        self._running: Sequence[Job] = ()

    def look(self, running: Sequence[Job]) -> None:
        """Show the cells that run; in a log after ten seconds, then after twice as long each time, up to a minute."""
        now, self._running = self._clock(), running
        if not self.terminal:
            if now - self._shown < self._pause:
                return
            self._pause = min(2 * self._pause, LINE_SECONDS)
        self._shown = now
        line = f"{self.done}/{self.total} done, {self._left()}; " + "; ".join(_of(job) for job in running)
        self.stream.write(f"\r\x1b[2K{line[:WIDTH]}" if self.terminal else line + "\n")
        self.stream.flush()

    def ended(self, job: Job, failure: str | None, words: str) -> None:
        """Say that a job ended for good, and how long the others take. failure: its reason; words: what is said."""
        self.done += 1
        self.forecast.ended(job, failure)
        self._running = [other for other in self._running if other.id != job.id]
        left = f" ({self._left()})" if self.done < self.total else ""
        self.say(f"[{self.done}/{self.total}] {words} {job.id}{left}")

    def follow(self, ended: Ended, settle: Callable[[Path, str | None, str], object]) -> int:
        """Say of each job as it ends for good, and return how many failed. settle: keeps the reason in its folder."""
        failures = 0
        for job, reason in ended:
            settle(job.folder, reason, LOG)
            log = f" (log: {job.folder / LOG})" if (job.folder / LOG).exists() else ""
            self.ended(job, reason, f"failed: {reason}{log}" if reason else "done")
            if not reason and (told := told_of(job.folder)):
                self.say(f"  {told}")
            failures += reason is not None
        return failures

    def say(self, text: str) -> None:
        """Print a line that stays."""
        if self.terminal:
            self.stream.write("\r\x1b[2K")
            self.stream.flush()
        print(text, flush=True)

    def _left(self) -> str:
        return words(self.forecast.left(self._running))


def _of(job: Job) -> str:
    seen = progress_of(job.folder)
    if seen is None:
        return f"{job.id} starts"
    return f"{job.id} {seen['stage']} {seen['update']}/{seen['total']}"
