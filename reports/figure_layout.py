"""Where things lie in a figure of cases: what is shown of a slice, and where its panel stands on the sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reports.figure_content import Row

INCH_MM, POINT_MM = 25.4, 25.4 / 72
SIZE, LINE_MM = 7.0, 1.2 * 7.0 * POINT_MM
"""Of letters in points, as papers have them below figures, and the height of a line of them."""
LETTER_MM = 0.55 * SIZE * POINT_MM
"""Of a letter on average."""
GAP_MM, SIDE_MM = 1.0, 3 * LINE_MM
"""Between columns, and for the names beside a row."""
KEY_MM = 5 * SIZE * POINT_MM
"""Of a legend's entry beside its name: the line or patch, and what is left free."""
SCORE_MM = 2.4 * LINE_MM
"""For the two lines of numbers below a row."""
ROOM = 0.3
"""Share of the longer side of what is drawn that stays free on each side of it."""


@dataclass(frozen=True)
class Part:
    """What is shown of a slice, in pixels from its upper left corner. aspect: height of a pixel to its width."""

    left: float
    top: float
    width: float
    height: float
    aspect: float

    @classmethod
    def whole(cls, row: Row) -> Part:
        """Return all of a slice."""
        height, width = row.reference.shape
        return cls(0, 0, width, height, _aspect(row))

    @classmethod
    def about(cls, row: Row, structures: Mapping[str, int]) -> Part:
        """Return a square, in mm where pixels are known, about the structures in all masks of a row, else all of it."""
        masks = [row.reference, *(panel.mask for panel in row.panels)]
        drawn = np.any([np.isin(mask, list(structures.values())) for mask in masks], axis=0)
        if not drawn.any():
            return cls.whole(row)
        aspect = _aspect(row)
        (top, bottom), (left, right) = ((np.flatnonzero(drawn.any(axis))[[0, -1]] + (0, 1)) for axis in (1, 0))
        side = float(max((bottom - top) * aspect, right - left)) * (1 + 2 * ROOM)
        y, high = _within(top, bottom, side / aspect, drawn.shape[0])
        x, wide = _within(left, right, side, drawn.shape[1])
        return cls(x, y, wide, high, aspect)

    @property
    def tall(self) -> float:
        """Height to width, as it is seen."""
        return self.height * self.aspect / self.width


@dataclass(frozen=True)
class Sheet:
    """Where panels lie in a figure, in mm.

    heights: of the panels of each row; lines: of the longest title; legend: rows of the legend.
    """

    width: float
    panel: float
    heights: tuple[float, ...]
    lines: int
    legend: int = 1

    @property
    def height(self) -> float:
        """Height of the figure."""
        rows = sum(self.heights) + len(self.heights) * SCORE_MM
        return 1 + self.lines * LINE_MM + rows + (self.legend + 1) * LINE_MM

    def place(self, row: int, column: int) -> tuple[float, float, float, float]:
        """Return left, bottom, width and height of a panel in shares of the figure."""
        above = 1 + self.lines * LINE_MM + sum(self.heights[: row + 1]) + row * SCORE_MM
        left = SIDE_MM + column * (self.panel + GAP_MM)
        width, height = self.panel / self.width, self.heights[row] / self.height
        return left / self.width, 1 - above / self.height, width, height


def legend_columns(names: Sequence[str], width_mm: float) -> int:
    """Return how many columns a legend has: all names side by side, or as many as fit where they don't."""
    widths = [KEY_MM + len(name) * LETTER_MM for name in names]
    return len(names) if sum(widths) <= width_mm else max(1, int(width_mm / max(widths)))


def _within(low: int, high: int, side: float, size: int) -> tuple[float, float]:
    """Return begin and length of a side about low to high that stays within a slice of this size."""
    length = min(side, float(size))
    return min(max(0.0, (low + high - length) / 2), size - length), length


def _aspect(row: Row) -> float:
    return 1.0 if row.pixel_mm is None else row.pixel_mm[0] / row.pixel_mm[1]
