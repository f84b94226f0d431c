"""What a person sees of a sweep: one moving line in a terminal, one line a minute elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import TextIO

from benchmark.launchers.job import Job
from benchmark.training.progress import minutes_left, progress_of

LINE_SECONDS = 60.0


class Watch:
    """How far the running cells are, and how many are done."""

    def __init__(self, total: int, stream: TextIO | None = None) -> None:
        self.total, self.done = total, 0
        self.stream = sys.stderr if stream is None else stream
        self.terminal = self.stream.isatty()
        self._shown = time.monotonic()

    def look(self, running: Sequence[Job]) -> None:
        """Show the cells that run; in a log at most once a minute."""
        now = time.monotonic()
        if not self.terminal and now - self._shown < LINE_SECONDS:
            return
        self._shown = now
        line = f"{self.done}/{self.total} done; " + "; ".join(_of(job) for job in running)
        self.stream.write(f"\r\x1b[2K{line[:160]}" if self.terminal else line + "\n")
        self.stream.flush()

    def say(self, text: str) -> None:
        """Print a line that stays."""
        if self.terminal:
            self.stream.write("\r\x1b[2K")
            self.stream.flush()
        print(text, flush=True)


def _of(job: Job) -> str:
    seen = progress_of(job.folder)
    if seen is None:
        return f"{job.cell.id} starts"
    return f"{job.cell.id} {seen['stage']} {seen['update']}/{seen['total']}, {minutes_left(seen):.0f} min left"
