"""What a run has logged so far, in a file that grows while it trains: its history, before its record is written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

Row = tuple[str, int, str, float]
"""stage, update (counted over all stages), term, value."""
TRAIL = "history.jsonl"  # in a run's folder, until its record is written; a row a line


class Trail:
    """The file; None as its path keeps nothing. A view of the run, no part of it: a full disk is said elsewhere."""

    def __init__(self, file: Path | None) -> None:
        self.file = file
        self._told = 0  # rows; none yet, whatever an earlier process of this run left in the file

    def tell(self, rows: Sequence[Row]) -> None:
        """Add the rows that are new since the last time; the first time the file is begun anew with all of them."""
        if self.file is None:
            return
        lines = "".join(f"{json.dumps(row)}\n" for row in rows[self._told :])
        with suppress(OSError), self.file.open("a" if self._told else "w", encoding="utf-8") as file:
            file.write(lines)
            self._told = len(rows)

    def remove(self) -> None:
        """Remove the file."""
        if self.file is not None:
            self.file.unlink(missing_ok=True)


def trail_of(folder: Path) -> list[Row]:
    """Return what a run has logged so far; a line that is cut off or is no row, and all after it, is left out."""
    try:
        text = (folder / TRAIL).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return []
    return list(_rows(text))


def _rows(text: str) -> Iterator[Row]:
    for line in text.splitlines(keepends=True):
        try:
            stage, update, term, value = json.loads(line)
            row = str(stage), int(update), str(term), float(value)
        except (ValueError, TypeError):
            return
        if not line.endswith("\n"):  # a number that is cut off can still be one
            return
        yield row
