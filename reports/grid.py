"""Panels of one size in rows, with a key of their marks above them."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from reports.panels import PAGE, SAMPLE, SMALL, Entry, Legend, Panel, Scale, title_lines
from reports.svg import Drawing

COLUMNS, WIDEST = 4, 420.0
"""Panels in a row, and width of a panel's place where there are few, in px."""
LEFT, RIGHT, HEIGHT, FOOT = 52.0, 14.0, 130.0, 46.0
"""Room beside a panel's axes, height of what is inside them, and room below, in px."""
BELOW = 10.0
"""Room below the key, in px."""


class Grid:
    """An image with a panel for each title. key: what the marks are, for who sees it without its page.

    more: room over a panel beside that of its title, in px.
    """

    def __init__(self, titles: Sequence[str], key: Sequence[Entry], more: float = 0.0) -> None:
        self.columns = min(COLUMNS, len(titles))
        self.place = min(WIDEST, PAGE / self.columns)
        self.width = self.place - LEFT - RIGHT
        self._head = 12 + more + 14 * max(len(title_lines(title, self.width)) for title in titles)
        each = max(0.56 * SMALL * len(words) for words, _ in key) + SAMPLE + 21
        all_panels = max(WIDEST, self.columns * self.place)
        columns = max(1, min(len(key), int(all_panels // each)))
        legend = Legend(key, columns * each, columns)
        self._top = legend.height + BELOW
        self.drawing = Drawing(all_panels, self._top + self._row * ceil(len(titles) / self.columns))
        legend.draw(self.drawing, 8, 2)

    @property
    def _row(self) -> float:
        return self._head + HEIGHT + FOOT

    def panel(self, number: int, x: Scale, y: Scale) -> Panel:
        """Return a panel by its number, its frame not drawn yet."""
        left = number % self.columns * self.place + LEFT
        top = self._top + number // self.columns * self._row + self._head
        return Panel(self.drawing, left, top, self.width, HEIGHT, x, y)

    def begins_row(self, number: int) -> bool:
        """Return whether a panel is the first of its row."""
        return number % self.columns == 0
