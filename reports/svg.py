"""An SVG image as text: lines, dots, boxes and words at places that are given, so that nothing is laid out twice."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

INK, GREY, PALE = "#1b2430", "#999999", "#ebebeb"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
NARROW, WIDE = frozenset("iljtfrI.,:;'|!()[] /"), frozenset("mwMW%@→±")


@dataclass(frozen=True)
class Look:
    """How a curve is drawn. dash: lengths of strokes and gaps; marker: radius of a dot at each point; in px."""

    color: str
    dash: str = ""
    width: float = 1.5
    opacity: float = 1.0
    marker: float = 0.0


class Drawing:
    """An image under construction; places in px from its upper left corner."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self._parts: list[str] = []

    def path(self, xs: Array, ys: Array, look: Look) -> None:
        """Draw a curve through points, with a gap where one is not finite, and its markers."""
        known = np.isfinite(xs) & np.isfinite(ys)
        begins = known & ~np.concatenate([[False], known[:-1]])
        words = [
            f"{'M' if begin else 'L'}{_number(x)} {_number(y)}"
            for x, y, begin in zip(xs[known], ys[known], begins[known], strict=True)
        ]
        if look.width > 0 and words:
            dash = f' stroke-dasharray="{look.dash}"' if look.dash else ""
            self._stroke("".join(words), look.color, look.width, look.opacity, dash + ' stroke-linejoin="round"')
        self.dots(xs[known], ys[known], look)

    def dots(self, xs: Array, ys: Array, look: Look) -> None:
        """Draw a dot of the look's marker at each point: strokes of no length with round ends."""
        words = "".join(f"M{_number(x)} {_number(y)}h0" for x, y in zip(xs, ys, strict=True))
        if words and look.marker > 0:
            self._stroke(words, look.color, 2 * look.marker, look.opacity, ' stroke-linecap="round"')

    def strokes(self, ends: Iterable[Sequence[float]], look: Look) -> None:
        """Draw straight strokes, each from x, y to x, y."""
        words = "".join("M{} {}L{} {}".format(*map(_number, end)) for end in ends)
        if words:
            dash = f' stroke-dasharray="{look.dash}"' if look.dash else ""
            self._stroke(words, look.color, look.width, look.opacity, dash)

    def box(self, place: Sequence[float], fill: str, edge: str = "none") -> None:
        """Draw a rectangle. place: left, top, width, height."""
        x, y, width, height = map(_number, place)
        where = f'x="{x}" y="{y}" width="{width}" height="{height}"'
        self._parts.append(f'<rect {where} fill="{fill}" stroke="{edge}" stroke-width="0.8"/>')

    def text(self, x: float, y: float, words: str, size: float = 12, **style: str) -> None:
        """Write one line. y: of its foot. style: SVG's attributes, ``text_anchor`` for ``text-anchor``."""
        named = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in style.items())
        place = f'x="{_number(x)}" y="{_number(y)}" font-size="{size:g}"'
        self._parts.append(f"<text {place}{named}>{escape(words)}</text>")

    def encoded(self) -> str:
        """Return the image as a data URI."""
        return "data:image/svg+xml;base64," + base64.b64encode(self.source().encode()).decode()

    def source(self) -> str:
        """Return the image as SVG."""
        width, height = _number(self.width), _number(self.height)
        size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{FONT}" fill="{INK}">'
        return "\n".join([head, *self._parts, "</svg>"])

    def _stroke(self, path: str, color: str, width: float, opacity: float, more: str) -> None:
        shine = f' stroke-opacity="{opacity:g}"' if opacity < 1 else ""
        self._parts.append(
            f'<path d="{path}" fill="none" stroke="{color}" stroke-width="{_number(width)}"{shine}{more}/>'
        )


def width_of(words: str, size: float = 12) -> float:
    """Return about how wide a line of text is in px, rather too much: fonts are the reader's."""
    shares = (0.36 if one in NARROW else 0.95 if one in WIDE else 0.72 if one.isupper() else 0.6 for one in words)
    return size * sum(shares)


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
