"""An SVG image as text: lines, dots, boxes and words at places that are given, so that nothing is laid out twice."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

INK = "currentColor"
"""What is written with: the page's own colour of text, light or dark, and PRINTED where an image stands alone."""
PRINTED = "#1b2430"
GREY, FAINT = "#7d8794", 0.35
"""A grey that is seen on white and on black, and how much of it a grid has."""
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
_NOT_XML = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")
SPACE = ' xmlns="http://www.w3.org/2000/svg"'
NARROW_PAGE = 344.0
"""Room for a figure on a page of 400 px, in px."""
NARROW, WIDE = frozenset("iljtfrI.,:;'|!()[] /"), frozenset("mwMW%@→±")


@dataclass(frozen=True)
class Look:
    """How a curve is drawn. dash: lengths of strokes and gaps; marker: radius of a dot at each point; in px."""

    color: str
    dash: str = ""
    width: float = 1.5
    opacity: float = 1.0
    marker: float = 0.0


@dataclass(frozen=True)
class Plot:
    """A finished image. name: stable, that of its file; source: a whole SVG document, which a page holds as it is.

    narrow: the same drawn anew for a page of NARROW_PAGE px, where moving its tiles would not make it fit; it stands in
    pages only, and is no document of its own.
    """

    name: str
    source: str
    narrow: Plot | None = None

    def __html__(self) -> str:
        """Return what a template writes of it, unescaped."""
        return self.source


class Drawing:
    """An image under construction; places in px from its upper left corner. narrow: see ``Plot``."""

    def __init__(self, width: float, height: float, narrow: Drawing | None = None) -> None:
        self.width, self.height, self.narrow = width, height, narrow
        self._parts: list[str | Tile] = []
        self._stamps: set[str] = set()

    def tile(self, place: Sequence[float], begins_row: bool = False) -> Drawing:
        """Return a part of this drawing, at its places, that moves where a page has no room for all beside each other.

        place: left, top, width and height of what the part holds; begins_row: whether it never moves up beside others.
        """
        part = Drawing(self.width, self.height)
        part._stamps = self._stamps
        self._parts.append(Tile(part, tuple(place), begins_row))
        return part

    def path(self, xs: Array, ys: Array, look: Look) -> None:
        """Draw a curve through points, with a gap where one is not finite, and its markers."""
        known = np.isfinite(xs) & np.isfinite(ys)
        begins = known & ~np.concatenate([[False], known[:-1]])
        words = [
            f"{'M' if begin else 'L'}{_number(x)} {_number(y)}"
            for x, y, begin in zip(xs[known].tolist(), ys[known].tolist(), begins[known].tolist(), strict=True)
        ]
        if look.width > 0 and words:
            dash = f' stroke-dasharray="{look.dash}"' if look.dash else ""
            self._stroke("".join(words), look.color, look.width, look.opacity, dash + ' stroke-linejoin="round"')
        self.dots(xs[known], ys[known], look)

    def dots(self, xs: Array, ys: Array, look: Look) -> None:
        """Draw a dot of the look's marker at each point: strokes of no length with round ends."""
        if len(xs) and look.marker > 0:
            words = "".join(f"M{_number(x)} {_number(y)}h0" for x, y in zip(xs.tolist(), ys.tolist(), strict=True))
            self._stroke(words, look.color, 2 * look.marker, look.opacity, ' stroke-linecap="round"')

    def strokes(self, ends: Iterable[Sequence[float]], look: Look) -> None:
        """Draw straight strokes, each from x, y to x, y."""
        words = "".join("M{} {}L{} {}".format(*map(_number, end)) for end in ends)
        if words:
            dash = f' stroke-dasharray="{look.dash}"' if look.dash else ""
            self._stroke(words, look.color, look.width, look.opacity, dash)

    def area(self, xs: Array, lows: Array, highs: Array, look: Look) -> None:
        """Fill what is between two curves over the same places."""
        places = zip([*xs, *xs[::-1]], [*lows, *highs[::-1]], strict=True)
        words = "".join(f"{'L' if place else 'M'}{_number(x)} {_number(y)}" for place, (x, y) in enumerate(places))
        self._parts.append(f'<path d="{words}Z" fill="{look.color}" fill-opacity="{look.opacity:g}"/>')

    def box(self, place: Sequence[float], fill: str, edge: str = "none", opacity: float = 1.0) -> None:
        """Draw a rectangle. place: left, top, width, height; opacity: of what fills it."""
        x, y, width, height = map(_number, place)
        where = f'x="{x}" y="{y}" width="{width}" height="{height}"'
        shine = f' fill-opacity="{opacity:g}"' if opacity < 1 else ""
        self._parts.append(f'<rect {where} fill="{fill}"{shine} stroke="{edge}" stroke-width="0.8"/>')

    def stamp(self, other: Drawing, left: float, top: float) -> None:
        """Draw all of another drawing at a place; it is written once, however often it is drawn."""
        marks = "\n".join(other._marks())
        name = f"stamp-{hashlib.sha256(marks.encode()).hexdigest()[:12]}"
        if name not in self._stamps:
            self._stamps.add(name)
            self._parts.append(f'<defs><g id="{name}">\n{marks}\n</g></defs>')
        self._parts.append(f'<use href="#{name}" x="{_number(left)}" y="{_number(top)}"/>')

    def text(self, x: float, y: float, words: str, size: float = 12, **style: str) -> None:
        """Write one line. y: of its foot. style: SVG's attributes, ``text_anchor`` for ``text-anchor``."""
        named = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in style.items())
        place = f'x="{_number(x)}" y="{_number(y)}" font-size="{size:g}"'
        self._parts.append(f"<text {place}{named}>{_written(words)}</text>")

    def plot(self, name: str, title: str) -> Plot:
        """Return the finished image. title: what it shows, for who can't see it."""
        width, height = _number(self.width), _number(self.height)
        size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        style = f'font-family="{FONT}" color="{PRINTED}" fill="{INK}"'
        head = f'<svg{SPACE} role="img" {size} {style}>'
        source = "\n".join([head, f"<title>{_written(title)}</title>", *self._marks(), "</svg>"])
        narrow = None if self.narrow is None else self.narrow.plot(name, title)
        return Plot(name, source, narrow and Plot(name, narrow.source.replace(SPACE, "", 1)))

    def _marks(self) -> list[str]:
        """Return what was drawn, a line each."""
        return [line for part in self._parts for line in ([part] if isinstance(part, str) else part.marks())]

    def _stroke(self, path: str, color: str, width: float, opacity: float, more: str) -> None:
        shine = f' stroke-opacity="{opacity:g}"' if opacity < 1 else ""
        self._parts.append(
            f'<path d="{path}" fill="none" stroke="{color}" stroke-width="{_number(width)}"{shine}{more}/>'
        )


@dataclass(frozen=True)
class Tile:
    """A part of a drawing that may move. place: left, top, width and height in px."""

    drawing: Drawing
    place: tuple[float, ...]
    begins_row: bool

    def marks(self) -> list[str]:
        """Return what was drawn, in a group that says where it is."""
        begins = ' data-row="1"' if self.begins_row else ""
        return [f'<g data-tile="{" ".join(map(_number, self.place))}"{begins}>', *self.drawing._marks(), "</g>"]


def width_of(words: str, size: float = 12) -> float:
    """Return about how wide a line of text is in px, rather too much: fonts are the reader's."""
    shares = (0.36 if one in NARROW else 0.95 if one in WIDE else 0.72 if one.isupper() else 0.6 for one in words)
    return size * sum(shares)


def _written(words: str) -> str:
    """Return text as XML has it, which can't hold signs that steer a terminal."""
    return escape(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", words))


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
