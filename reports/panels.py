"""Panels of a drawing: scales with their ticks, a frame, curves in it, and a legend beside or below."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor, log10
from textwrap import wrap

import numpy as np

from reports.svg import FAINT, GREY, INK, Array, Drawing, Look, width_of

PAGE = 1080.0
"""Width of a figure that takes all of the page, in px."""
SMALL, SIZE = 11, 12
"""Of letters, in px."""
ROW = 17.0
SAMPLE = 34.0
"""Height of a line of a legend, and length of the sample before it."""
FREE = 0.05
"""Share of a panel that stays free beyond the values."""
BEND = 1 / (1 - 1 / 10)  # where a symlog scale's linear part ends, as matplotlib draws it

SMALLEST = 0.5
"""Below any count: from here on a scale of counts is logarithmic."""

Entry = tuple[str, Look]


@dataclass(frozen=True)
class Scale:
    """A direction of a panel. begin, end: what it shows. straight: up to where a symlog scale is linear, 0 for linear.

    begin and end are places on the scale, which are values on a linear one.
    """

    begin: float
    end: float
    straight: float = 0.0

    @classmethod
    def around(cls, values: Array, straight: float = 0.0) -> Scale:
        """Return the scale of values, with some room on both sides; of 0 to 1 where there is none that is finite."""
        places = _placed(values[np.isfinite(values)], straight)
        if not len(places):
            return cls(0.0, 1.0, straight)
        low, high = float(places.min()), float(places.max())
        room = FREE * (high - low) or abs(low) * FREE or FREE
        return cls(low - room, high + room, straight)

    def from_zero(self) -> Scale:
        """Return the same from 0 on where it would show less than that."""
        return Scale(max(0.0, self.begin), self.end, self.straight)

    def shares(self, values: Array) -> Array:
        """Return where values are, 0 at the beginning and 1 at the end."""
        found: Array = (_placed(np.asarray(values, np.float64), self.straight) - self.begin) / (self.end - self.begin)
        return found

    def ticks(self, most: int = 6) -> list[float]:
        """Return values for ticks: round ones on a linear scale, powers of ten on the other if there are two."""
        if not self.straight:
            return _round_values(self.begin, self.end, most)
        for factors in ((1,), (1, 2, 5)):
            found = [value for value in _powers(self.straight, factors) if 0 <= self.shares(np.array([value]))[0] <= 1]
            if len(found) > 1:
                break
        return found[:: ceil(len(found) / most) or 1]


@dataclass(frozen=True)
class Counts(Scale):
    """The scale of some counts, each of which is a tick; as many times as many are as far apart, whatever they are."""

    counts: tuple[int, ...] = ()

    @classmethod
    def of(cls, counts: Iterable[int]) -> Counts:
        """Return the scale of counts, which are above 0."""
        every = tuple(sorted(set(counts)))
        around = Scale.around(np.array(every, np.float64), SMALLEST)
        return cls(around.begin, around.end, SMALLEST, every)

    def ticks(self, most: int = 6) -> list[float]:
        """Return the counts, all of them."""
        return [float(count) for count in self.counts]


@dataclass(frozen=True)
class Panel:
    """A frame in a drawing. left, top, width, height: of what is inside the axes, in px."""

    drawing: Drawing
    left: float
    top: float
    width: float
    height: float
    x: Scale
    y: Scale

    def frame(self, title: str, below: str = "", beside: str = "", ticks: str = "xy") -> None:
        """Draw grid, axes, tick labels, a title and the names of both directions. ticks: which of them have any."""
        right, foot = self.left + self.width, self.top + self.height
        across, up = self.x.ticks() if "x" in ticks else [], self.y.ticks() if "y" in ticks else []
        xs, ys = self.xs(np.array(across)), self.ys(np.array(up))
        grid = Look(GREY, width=0.8, opacity=FAINT)
        self.drawing.strokes(((x, self.top, x, foot) for x in xs), grid)
        self.drawing.strokes(((self.left, y, right, y) for y in ys), grid)
        axes = ((self.left, self.top, self.left, foot), (self.left, foot, right, foot))
        self.drawing.strokes(axes, Look(INK, width=0.9))
        for x, value in zip(xs, across, strict=True):
            self.drawing.text(x, foot + 15, f"{value:g}", SMALL, text_anchor="middle")
        for y, value in zip(ys, up, strict=True):
            self.drawing.text(self.left - 6, y + 4, f"{value:g}", SMALL, text_anchor="end")
        self._names(title, below, beside)

    def name(self, title: str, room: float = 0.0) -> None:
        """Write a title over the panel. room: that stays free below it, in px."""
        for place, line in enumerate(reversed(title_lines(title, self.width))):
            self.drawing.text(self.left, self.top - 7 - room - 14 * place, line, SIZE)

    def _names(self, title: str, below: str, beside: str) -> None:
        self.name(title)
        if below:
            self.drawing.text(
                self.left + self.width / 2, self.top + self.height + 31, below, SMALL, text_anchor="middle"
            )
        if beside:
            x, y = self.left - 38, self.top + self.height / 2
            turned = {"text_anchor": "middle", "transform": f"rotate(-90 {x:g} {y:g})"}
            self.drawing.text(x, y, beside, SMALL, **turned)

    def xs(self, values: Array) -> Array:
        """Return where values of x are, in px."""
        return self.left + self.width * self.x.shares(values)

    def ys(self, values: Array) -> Array:
        """Return where values of y are, in px."""
        return self.top + self.height * (1 - self.y.shares(values))

    def curve(self, xs: Sequence[float] | Array, ys: Sequence[float] | Array, look: Look) -> None:
        """Draw a curve through points."""
        self.drawing.path(self.xs(np.asarray(xs, np.float64)), self.ys(np.asarray(ys, np.float64)), look)

    def upright(self, values: Iterable[float]) -> None:
        """Draw dotted lines at values of x."""
        ends = ((x, self.top, x, self.top + self.height) for x in self.xs(np.array(list(values))))
        self.drawing.strokes(ends, Look(GREY, dash="1.5 3", width=1))


class Legend:
    """Names of curves, in columns; long ones are wrapped. width: of all columns together, in px."""

    def __init__(self, entries: Sequence[Entry], width: float, columns: int = 1) -> None:
        self.columns, self.width = columns, width
        letters = max(12, int((width / columns - SAMPLE - 14) / (0.55 * SMALL)))
        self._rows = [(wrap(words, letters) or [""], look) for words, look in entries]

    @property
    def height(self) -> float:
        """How high it is, in px."""
        return max((sum(ROW * len(lines) for lines, _ in part) for part in self._parts()), default=0.0)

    def draw(self, drawing: Drawing, left: float, top: float) -> None:
        """Draw it at a place."""
        for column, part in enumerate(self._parts()):
            x, y = left + column * self.width / self.columns, top
            for lines, look in part:
                middle = np.array([y + ROW / 2])
                drawing.path(np.array([x, x + SAMPLE]), np.repeat(middle, 2), replace(look, marker=0.0))
                drawing.dots(np.array([x + SAMPLE / 2]), middle, look)
                for line in lines:
                    drawing.text(x + SAMPLE + 7, y + ROW / 2 + 4, line, SMALL)
                    y += ROW

    def _parts(self) -> list[list[tuple[list[str], Look]]]:
        each = ceil(len(self._rows) / self.columns)
        return [self._rows[begin : begin + each] for begin in range(0, len(self._rows), each)] if each else []


def title_lines(title: str, width: float) -> list[str]:
    """Return the lines of a title over a panel of a width in px."""
    return wrap(title, max(20, int(width / (0.52 * SIZE))))


def widest(words: Iterable[str]) -> float:
    """Return about how wide the widest of some labels is, in px."""
    return max((width_of(one, SMALL) for one in words), default=0.0)


def _placed(values: Array, straight: float) -> Array:
    if not straight:
        return values
    sizes = np.maximum(np.abs(values), straight)
    bent = np.sign(values) * straight * (BEND + np.log10(sizes / straight))
    return np.where(np.abs(values) <= straight, values * BEND, bent)


def _round_values(begin: float, end: float, most: int) -> list[float]:
    size = 10 ** floor(log10((end - begin) / most))
    step = next(one for one in (size, 2 * size, 5 * size, 10 * size, 20 * size) if (end - begin) / one <= most)
    return [round(number * step, 12) + 0.0 for number in range(ceil(begin / step), floor(end / step) + 1)]


def _powers(straight: float, factors: Sequence[int]) -> list[float]:
    """Return 0 and multiples of the powers of ten from the end of the linear part on, of both signs."""
    up = [straight * factor * 10.0**power for power in range(16) for factor in factors]
    return [*(-one for one in reversed(up)), 0.0, *up]
