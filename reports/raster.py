"""Figures of matplotlib as PNG data, for what it draws and SVG would not hold: pictures, and a library's plots."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 150
MARGIN = 15
"""What stays white around a figure, in dots."""


def encoded(figure: Figure) -> str:
    """Return a figure as a data URI: drawn once where its parts are, and cut to what is not white."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.image import imsave

    figure.set(dpi=DPI, facecolor="white")
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    dots = np.asarray(canvas.buffer_rgba())
    inked = (dots[..., :3] < 255).any(2)
    place = [_filled(inked.any(axis), length) for axis, length in ((1, len(dots)), (0, dots.shape[1]))]
    buffer = io.BytesIO()
    imsave(
        buffer, np.ascontiguousarray(dots[place[0], place[1], :3]), format="png", dpi=DPI, metadata={"Software": None}
    )
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def _filled(inked: np.ndarray, length: int) -> slice:
    """Return from where to where there is anything, with a margin; all where there is nothing."""
    found = np.flatnonzero(inked)
    return (
        slice(max(0, int(found[0]) - MARGIN), min(length, int(found[-1]) + 1 + MARGIN)) if len(found) else slice(None)
    )
