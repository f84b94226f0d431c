"""Every figure of a page is a file, whatever drew it and however the page holds it."""

from __future__ import annotations

import base64
import io
import re
import zlib
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image

from reports.page import build_page
from reports.pdf import as_pdf
from reports.plot_files import INK, plots, write_plots
from tests.results.made import save

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="80" height="40" viewBox="0 0 80 40">{}</svg>'


def in_page(*figures: str) -> str:
    return "".join(f'<details class="section" id="table-1-s{n}">{one}</details>' for n, one in enumerate(figures))


def encoded(content: bytes, kind: str, alt: str = "") -> str:
    return f'<figure>\n<img src="data:image/{kind};base64,{base64.b64encode(content).decode()}" alt="{alt}"></figure>'


def contents(pdf: bytes) -> bytes:
    """Return the streams of a PDF, unpacked."""
    parts = re.findall(rb"stream\r?\n(.*?)\s*endstream", pdf, re.DOTALL)
    return b"".join(
        zlib.decompress(base64.a85decode(part.removesuffix(b"~>"))) for part in parts if part.endswith(b"~>")
    )


def test_each_figure_of_a_page_is_exported_by_its_sections_name(tmp_path: Path) -> None:
    html = build_page([save(tmp_path / "runs", id=n, method=n, title=n) for n in "abc"], tmp_path, "T").read_text()
    assert html.count("<figure") == len(plots(html)) > 5
    for name, svg in plots(html).items():
        assert re.fullmatch(r"table-1-\w+(-\d+)?", name)
        assert ElementTree.fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"
    assert {path.stem for path in (tmp_path / "plots").glob("*.svg")} == set(plots(html))


def test_a_figure_is_found_as_image_as_picture_and_inline() -> None:
    picture = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(picture, "PNG")
    inline = (
        "<figure class=x><div id='a'>" + SVG.format('<path d="M0 0L9 9" stroke="currentColor"/>') + "</div></figure>"
    )
    html = in_page(
        encoded(SVG.format("").encode(), "svg+xml", "Dice &amp; more")
        + encoded(SVG.format("<g/>").encode(), "svg+xml"),
        encoded(picture.getvalue(), "png", "A case"),
        inline.replace(' xmlns="http://www.w3.org/2000/svg"', ""),
        "<p>none</p>",
    )
    found = plots(html)
    assert list(found) == ["table-1-s0-1", "table-1-s0-2", "table-1-s1", "table-1-s2"]
    roots = [ElementTree.fromstring(svg) for svg in found.values()]
    assert [root.attrib["width"] for root in roots] == ["80", "80", "30", "80"]
    assert (roots[0][0].text, roots[2][0].text) == ("Dice & more", "A case")
    assert f'stroke="{INK}"' in found["table-1-s2"] and "currentColor" not in found["table-1-s2"]


def test_a_pdf_is_as_large_as_its_image_and_holds_its_strokes_words_and_font() -> None:
    pytest.importorskip("svglib", reason="svglib is not installed; make setup brings it")
    body = '<title>What it shows</title><path d="M10 10L30 20" stroke="#0072B2" fill="none"/>'
    pdf = as_pdf(SVG.format(body + '<text x="5" y="30" font-size="10">±1 → 2</text>'))
    assert pdf.startswith(b"%PDF-") and b"/Title (What it shows)" in pdf
    assert re.search(rb"/MediaBox \[ 0 0 60 30 \]", pdf)  # in points, three quarters of the pixels
    assert b"/FontFile2" in pdf and b"DejaVuSans" in pdf and b"Helvetica" not in pdf
    drawn = contents(pdf)
    assert b"0 .447059 .698039 RG" in drawn and b"n 10 10 m 30 20 l\nS" in drawn
    assert as_pdf(SVG.format(body)) == as_pdf(SVG.format(body))


def test_what_an_earlier_page_drew_is_removed_and_what_is_the_same_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    monkeypatch.setattr("reports.plot_files.as_pdf", lambda svg: calls.append(svg) or b"%PDF-")
    one, two, three = (SVG.format(f"<g id='{n}'/>") for n in range(3))
    write_plots({"table-1-a": one, "table-1-b": two}, tmp_path, pdf=True)
    write_plots({"table-1-a": one, "table-1-b": three}, tmp_path, pdf=True)
    assert calls == [one, two, three]
    write_plots({"table-1-a": one, "table-1-b": two}, tmp_path, pdf=False)
    left = {path.name for path in (tmp_path / "plots").iterdir()}
    assert left == {"table-1-a.svg", "table-1-a.pdf", "table-1-b.svg"}  # no PDF of another figure
    write_plots({"all": one}, tmp_path, pdf=False)
    assert {path.name for path in (tmp_path / "plots").iterdir()} == {"all.svg"}
