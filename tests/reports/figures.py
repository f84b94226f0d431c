"""Figures as a reader sees them: what an SVG image holds, and where."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree import ElementTree

from reports.svg import INK, Plot

SPACE = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Figure:
    """An SVG image, read back."""

    root: ElementTree.Element

    @classmethod
    def of(cls, plot: Plot | None) -> Figure:
        assert plot is not None
        return cls(ElementTree.fromstring(plot.source))

    def texts(self) -> list[tuple[str, float]]:
        """Return the words and how far down each foot is."""
        return [(text.text or "", float(text.attrib["y"])) for text in self.root.iter(f"{SPACE}text")]

    def paths(self, **wanted: str) -> list[dict[str, str]]:
        """Return the attributes of the paths that have some of these values; ``stroke_width`` for ``stroke-width``."""
        named = {name.replace("_", "-"): value for name, value in wanted.items()}
        every = (path.attrib for path in self.root.iter(f"{SPACE}path"))
        return [one for one in every if all(one.get(name) == value for name, value in named.items())]

    def axes(self) -> list[tuple[float, float, float]]:
        """Return left end, right end and height of each panel's lower axis."""
        frames = [points(path["d"]) for path in self.paths(stroke_width="0.9", stroke=INK)]
        return [(begin[0], end[0], end[1]) for *_, begin, end in frames]

    def dots(self, **wanted: str) -> list[tuple[float, float]]:
        """Return the middles of the dots that have some of these values."""
        return [place for path in self.paths(stroke_linecap="round", **wanted) for place in points(path["d"])]


def points(path: str) -> list[tuple[float, float]]:
    """Return the points of a path."""
    return [(float(x), float(y)) for x, y in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", path)]
