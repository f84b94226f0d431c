"""An SVG as PDF, by svglib and reportlab: vectors stay vectors, and the font is in the file."""

from __future__ import annotations

import importlib.util
import io
import re
from functools import cache
from html import unescape
from pathlib import Path

from results.errors import ResultError

FAMILY = "DejaVu Sans"
"""Matplotlib brings it along, and it has all the signs that a plot here writes."""
WEIGHTS = {"normal": "DejaVuSans.ttf", "bold": "DejaVuSans-Bold.ttf"}

_FAMILIES = re.compile(r'\bfont-family\s*(?:="[^"]*"|:[^;"]*;?)')
_TITLE = re.compile(r"<title>([^<]*)</title>")


def as_pdf(svg: str) -> bytes:
    """Return a page of the image's size; equal images give equal bytes. ResultError where it is no SVG."""
    from reportlab.graphics import renderPDF
    from reportlab.pdfgen.canvas import Canvas
    from svglib.svglib import svg2rlg

    name = _font()
    named = _FAMILIES.sub("", svg).replace("<svg", f'<svg font-family="{FAMILY}"', 1)
    drawing = svg2rlg(io.BytesIO(named.encode()))
    if drawing is None:
        raise ResultError("a plot of the page can't be read as SVG, so that no PDF of it is made; leave PDFs out")
    buffer = io.BytesIO()
    canvas = Canvas(buffer, (drawing.width, drawing.height), pageCompression=1, invariant=1, initialFontName=name)
    canvas.setTitle(unescape(title[1]) if (title := _TITLE.search(svg)) else "")
    renderPDF.draw(drawing, canvas, 0, 0)
    canvas.save()
    return buffer.getvalue()


@cache
def _font() -> str:
    """Make the font known in its weights, once a process, and return its name."""
    from reportlab.graphics.shapes import STATE_DEFAULTS
    from svglib.fonts import register_font

    STATE_DEFAULTS["fontName"] = FAMILY  # else each file names a font that is not in it
    found = importlib.util.find_spec("matplotlib")
    assert found is not None and found.origin is not None, "matplotlib is a dependency"
    folder = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"
    names = [register_font(FAMILY, str(folder / file), weight=weight)[0] for weight, file in WEIGHTS.items()]
    return str(names[0])
