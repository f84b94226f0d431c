"""Panels of one size in rows, with a key of their marks above them."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from reports.panels import PAGE, SAMPLE, SMALL, Entry, Legend, Panel, Scale, title_lines
from reports.svg import NARROW_PAGE, Drawing

COLUMNS, WIDEST = 4, NARROW_PAGE
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
        each = min(WIDEST, max(0.56 * SMALL * len(words) for words, _ in key) + SAMPLE + 29)
        all_panels = max(WIDEST, self.columns * self.place)
        legends = [Legend([one], each - 8) for one in key]
        height, beside = max(one.height for one in legends), max(1, int(all_panels // each))
        self._top = height * ceil(len(key) / beside) + BELOW
        self.drawing = Drawing(all_panels, self._top + self._row * ceil(len(titles) / self.columns))
        for number, legend in enumerate(legends):
            left, top = number % beside * each, number // beside * height
            legend.draw(self.drawing.tile((left, top, each, height)), left + 8, top + 2)

    @property
    def _row(self) -> float:
        return self._head + HEIGHT + FOOT

    def panel(self, number: int, x: Scale, y: Scale) -> Panel:
        """Return a panel by its number, its frame not drawn yet."""
        left, top = number % self.columns * self.place, self._top + number // self.columns * self._row
        tile = self.drawing.tile((left, top, self.place, self._row), number == 0)
        return Panel(tile, left + LEFT, top + self._head, self.width, HEIGHT, x, y)
