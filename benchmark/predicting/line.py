"""What a person sees of many cases: one moving line in a terminal, a line a case elsewhere."""

from __future__ import annotations

import sys
from typing import TextIO


class Line:
    """Where the work is: which case of how many, and how much of its slices."""

    def __init__(self, total: int, stream: TextIO | None = None) -> None:
        self.total = total
        self.stream = sys.stderr if stream is None else stream
        self.terminal = self.stream.isatty()

    def moving(self, number: int, words: str) -> None:
        """Show words that the next ones replace; nothing where there is no terminal."""
        if self.terminal:
            self.stream.write(f"\r\x1b[2K[{number}/{self.total}] {words}"[:160])
            self.stream.flush()

    def lasting(self, number: int, words: str) -> None:
        """Show words that stay."""
        self.stream.write("\r\x1b[2K" * self.terminal + f"[{number}/{self.total}] {words}\n")
        self.stream.flush()
