"""Every drawing of a page is a file, whatever section drew it, and as a PDF the same drawing."""

from __future__ import annotations

import base64
import re
import zlib
from pathlib import Path
from xml.etree import ElementTree

import pytest

from reports.own_files import claim, settle
from reports.page import build_page
from reports.pdf import as_pdf
from reports.plot_files import names_of, write_plots
from reports.svg import INK, PRINTED
from tests.results.made import save

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="80" height="40" viewBox="0 0 80 40">{}</svg>'


def contents(pdf: bytes) -> bytes:
    """Return the streams of a PDF, unpacked."""
    parts = re.findall(rb"stream\r?\n(.*?)\s*endstream", pdf, re.DOTALL)
    return b"".join(
        zlib.decompress(base64.a85decode(part.removesuffix(b"~>"))) for part in parts if part.endswith(b"~>")
    )


def write(drawn: dict[str, str], out: Path, pdf: bool) -> None:
    """Write drawings as a page does that has nothing else."""
    claim(out, names_of(drawn, pdf))
    settle(out, write_plots(drawn, out, pdf))


def test_each_drawing_of_a_page_is_a_file_by_its_name(tmp_path: Path) -> None:
    html = build_page([save(tmp_path / "runs", id=n, method=n, title=n) for n in "abc"], tmp_path, "T").read_text()
    files = sorted((tmp_path / "plots").glob("*.svg"))
    assert html.count("<svg xmlns") == len(files) > 5
    for path in files:
        svg = path.read_text()
        assert re.fullmatch(r"(table-1-)?[\w-]+", path.stem)
        assert ElementTree.fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"
        assert "currentColor" not in svg and PRINTED in svg
        assert svg.rstrip("\n").replace(PRINTED, INK) in html.replace(PRINTED, INK)


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
    write({"table-1-a": one, "table-1-b": two}, tmp_path, pdf=True)
    write({"table-1-a": one, "table-1-b": three}, tmp_path, pdf=True)
    assert calls == [f"{svg}\n" for svg in (one, two, three)]
    write({"table-1-a": one, "table-1-b": two}, tmp_path, pdf=False)
    left = {path.name for path in (tmp_path / "plots").iterdir()}
    assert left == {"table-1-a.svg", "table-1-a.pdf", "table-1-b.svg"}  # no PDF of another figure
    write({"all": one}, tmp_path, pdf=False)
    assert {path.name for path in (tmp_path / "plots").iterdir()} == {"all.svg"}
