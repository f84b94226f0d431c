"""The plots of a page as files: each drawing, whatever section drew it, as SVG and, if asked, as PDF."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from reports.own_files import listed
from reports.pdf import as_pdf
from reports.svg import INK, PRINTED
from results.writing import put, write_atomic, write_text

FOLDER = "plots"


def names_of(drawn: Mapping[str, str], pdf: bool) -> set[str]:
    """Return the files of drawings in a page's folder."""
    endings = ("svg", "pdf") if pdf else ("svg",)
    return {f"{FOLDER}/{name}.{ending}" for name in drawn for ending in endings}


def write_plots(drawn: Mapping[str, str], out: Path, pdf: bool) -> set[str]:
    """Write each drawing as plots/NAME.svg, with pdf as NAME.pdf too, and return which of its files are there then.

    What is there as it would be written is left, a page's PDF of the same drawing too. out: lists what pages wrote.
    """
    ours, there = listed(out), names_of(drawn, pdf)
    for name, source in drawn.items():
        file, printed, svg = out / FOLDER / f"{name}.svg", f"{FOLDER}/{name}.pdf", alone(source)
        if not file.exists() or file.read_text(encoding="utf-8") != svg:
            if printed in ours:
                (out / printed).unlink(missing_ok=True)
            write_text(file, svg)
        if pdf and not (out / printed).exists():
            write_atomic(out / printed, partial(put, as_pdf(svg)))
        if printed in ours and (out / printed).exists():
            there.add(printed)
    return there


def alone(svg: str) -> str:
    """Return a page's drawing as it stands alone: in colours of its own where it takes the page's."""
    return f"{svg.replace(INK, PRINTED)}\n"
