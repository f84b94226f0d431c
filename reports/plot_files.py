"""The plots of a page as files: each drawing, whatever section drew it, as SVG and, if asked, as PDF."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from reports.pdf import as_pdf
from reports.svg import INK, PRINTED
from results.writing import put, write_atomic, write_text

FOLDER = "plots"


def write_plots(drawn: Mapping[str, str], out: Path, pdf: bool) -> None:
    """Write each drawing as plots/NAME.svg, with pdf as NAME.pdf too, and remove those of an earlier page.

    What is there as it would be written is left, a PDF of the same drawing too.
    """
    folder = out / FOLDER
    for old in [*folder.glob("*.svg"), *folder.glob("*.pdf")]:
        if old.stem not in drawn:
            old.unlink()
    for name, source in drawn.items():
        file, printed, svg = folder / f"{name}.svg", folder / f"{name}.pdf", alone(source)
        if not file.exists() or file.read_text(encoding="utf-8") != svg:
            printed.unlink(missing_ok=True)
            write_text(file, svg)
        if pdf and not printed.exists():
            write_atomic(printed, partial(put, as_pdf(svg)))


def alone(svg: str) -> str:
    """Return a page's drawing as it stands alone: in colours of its own where it takes the page's."""
    return f"{svg.replace(INK, PRINTED)}\n"
