"""What a person sees of cases that are prepared: one moving line in a terminal, elsewhere a line every ten seconds."""

from __future__ import annotations

import sys
import time
from typing import TextIO

LINE_SECONDS = 10.0
WIDTH = 160


class Line:
    """How many cases are done, cases a second, and the time left."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._begun = self._shown = time.monotonic()

    def show(self, done: int, total: int, name: str) -> None:
        """Show how far it is; the last case ends the line."""
        now, terminal = time.monotonic(), self._stream.isatty()
        if not terminal and now - self._shown < LINE_SECONDS:
            return
        self._shown = now
        pace = done / max(now - self._begun, 1e-9)
        line = f"[{done}/{total}] {pace:.1f} cases/s, {(total - done) / pace / 60:.1f} min left; {name}"[:WIDTH]
        end = "\n" if done == total or not terminal else ""
        self._stream.write(f"\r\x1b[2K{line}{end}" if terminal else f"{line}{end}")
        self._stream.flush()
