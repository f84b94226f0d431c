"""The plots of a page as files: each figure that the page holds, whatever section drew it, as SVG and, if asked, PDF.

They are taken from the finished page, so that a new section's figures are exported without a word about it.
"""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from html import unescape
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from reports.pdf import as_pdf
from results.writing import put, write_atomic, write_text

FOLDER = "plots"
INK, PAPER = "#1b2430", "#ffffff"
"""What a figure has that takes its colours from the page around it."""
_PLACE = re.compile(r'<figure\b[^>]*>(?P<figure>.*?)</figure>|<[a-z0-9]+\b[^>]*?\bid="(?P<id>[^"]+)"', re.DOTALL)
_IMAGE = re.compile(r"<svg\b.*?</svg>|<img\b[^>]*>", re.DOTALL)
_URI = re.compile(r'\bsrc="data:image/(?P<kind>svg\+xml|png|jpeg);base64,(?P<data>[^"]+)"')
_ALT = re.compile(r'\balt="(?P<alt>[^"]*)"')


def plots(html: str) -> dict[str, str]:
    """Return the figures of a page as SVG by name: its section's id, with a number where that has several."""
    found = [(place, one) for place, figure in _figures(html) for one in _drawn(figure)]
    several, number = Counter(place for place, _ in found), Counter[str]()
    named: dict[str, str] = {}
    for place, svg in found:
        number[place] += 1
        named[f"{place}-{number[place]}" if several[place] > 1 else place] = svg
    return named


def write_plots(drawn: Mapping[str, str], out: Path, pdf: bool) -> None:
    """Write each figure as plots/NAME.svg, with pdf as NAME.pdf too, and remove those of an earlier page.

    What is there as it would be written is left, a PDF of the same figure too.
    """
    folder = out / FOLDER
    for old in [*folder.glob("*.svg"), *folder.glob("*.pdf")]:
        if old.stem not in drawn:
            old.unlink()
    for name, svg in drawn.items():
        file, printed = folder / f"{name}.svg", folder / f"{name}.pdf"
        if not file.exists() or file.read_text(encoding="utf-8") != svg:
            printed.unlink(missing_ok=True)
            write_text(file, svg)
        if pdf and not printed.exists():
            write_atomic(printed, partial(put, as_pdf(svg)))


def _figures(html: str) -> Iterator[tuple[str, str]]:
    """Return each figure with the id of what was opened last before it."""
    place = "page"
    for match in _PLACE.finditer(html):
        if match["figure"] is None:
            place = re.sub(r"[^\w-]+", "-", unescape(match["id"]))
        else:
            yield place, match["figure"]


def _drawn(figure: str) -> Iterator[str]:
    """Return the images of a figure as SVG files, each with what it shows as its title."""
    for match in _IMAGE.finditer(figure):
        text = match[0]
        if text.startswith("<svg"):
            yield _standing_alone(text, "")
        elif uri := _URI.search(text):
            alt = _ALT.search(text)
            content, shown = base64.b64decode(uri["data"]), unescape(alt["alt"]) if alt else ""
            kind = uri["kind"]
            yield _standing_alone(content.decode() if kind.startswith("svg") else _around(content, kind), shown)


def _standing_alone(svg: str, title: str) -> str:
    """Return an SVG as a file of its own: with its namespace, a title, and colours where it asks the page for them."""
    svg = svg[svg.index("<svg") :]
    head = svg[: svg.index(">")]
    if "xmlns=" not in head:
        head = head.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    named = f"<title>{escape(title)}</title>" if title and "<title" not in svg else ""
    body = re.sub(r"\bcurrentColor\b", INK, svg[svg.index(">") + 1 :], flags=re.IGNORECASE)
    return f"{head}>{named}{body}\n"


def _around(picture: bytes, kind: str) -> str:
    """Return an SVG that shows a picture in its own size."""
    from io import BytesIO

    from PIL import Image

    with Image.open(BytesIO(picture)) as image:
        width, height = image.size
    uri = quoteattr(f"data:image/{kind};base64,{base64.b64encode(picture).decode()}")
    size = f'width="{width}" height="{height}"'
    link = f'xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 {width} {height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {link} {size}><image {size} xlink:href={uri}/></svg>'
