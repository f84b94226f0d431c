"""Contours of reference and prediction on the best, median and worst test case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from reports.line import Line
from reports.plots import color_of
from reports.raster import encoded

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

SLICES = 5
PLACES = ("best", "median", "worst")
CELL = 2.1, 2.2
"""Width and height of what a slice may fill, in inches."""
TITLE = 0.2
BELOW = 0.45
"""Inches under a row's title, and for the legend."""


def gallery(line: Line) -> str | None:
    """Return the pictures of a line's first seed, or None if not kept."""
    pictures = line.records[0].gallery()
    if pictures is None:
        return None
    from matplotlib.figure import Figure

    pitch = CELL[1] + TITLE
    size = CELL[0] * SLICES, pitch * len(PLACES) + BELOW
    figure = Figure(figsize=size)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, size[0]), ylim=(0, size[1]))
    axes.set_axis_off()
    for number, place in enumerate(PLACES):
        left, top = _row(
            axes,
            {key: pictures[f"{place}/{key}"] for key in ("image", "reference", "prediction")},
            size[1] - number * pitch - TITLE,
            len(line.first.structures),
        )
        name, dice = str(pictures[f"{place}/name"]), float(pictures[f"{place}/dice"])
        words = f"mean Dice {100 * dice:.1f} %" if dice == dice else "nothing counts"
        axes.text(left, top + 0.05, f"{place}: {name}, {words}", fontsize=9)
    figure.legend(handles=_legend(line), loc="lower center", ncols=6, frameon=False, fontsize=9)
    return encoded(figure)


def _row(axes: Axes, volume: Mapping[str, npt.NDArray[Any]], top: float, structures: int) -> tuple[float, float]:
    """Draw the slices of a volume side by side, as one picture under all their outlines; return its upper left corner.

    Panels of their own took most of the time: each has two axes with ticks that nobody sees, and six sets of contours.
    """
    shown = _spread_slices(volume["reference"])
    height, width = volume["reference"].shape[1:]
    dot = min(CELL[0] / (width + 1), CELL[1] / height)  # in inches; a dot between two slices at least
    left, pitch = (CELL[0] - dot * width) / 2, round(CELL[0] / dot)
    strip = _side_by_side(volume["image"][shown], pitch)
    extent = (left, left + dot * strip.shape[1], top - dot * height, top)
    axes.imshow(strip, cmap="gray", vmin=0, vmax=255, extent=extent, aspect="auto")
    for kind, style in (("reference", "solid"), ("prediction", "dashed")):
        for label in range(1, structures + 1):
            mask = _side_by_side(volume[kind][shown] == label, pitch)
            if mask.any():
                across, down, filled = _cropped(mask)
                at = left + dot * (across + 0.5), top - dot * (down + 0.5)
                axes.contour(*at, filled, [0.5], colors=[color_of(label)], linewidths=1.1, linestyles=style)
    for place, number in enumerate(shown):
        corner = left + dot * (place * pitch + 0.03 * width), top - 0.97 * dot * height
        axes.text(*corner, f"slice {number + 1}", color="white", fontsize=7)
    return left, top


def _cropped(mask: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[np.bool_]]:
    """Return what columns and rows a mask fills, one empty one around them, and the mask there."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    inner = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return np.arange(columns[0] - 1, columns[-1] + 2), np.arange(rows[0] - 1, rows[-1] + 2), np.pad(inner, 1)


def _side_by_side(slices: npt.NDArray[Any], pitch: int) -> npt.NDArray[Any]:
    """Return slices (n, height, width) as one picture (height, n * pitch), with white or no mask between them."""
    number, height, width = slices.shape
    strip = np.full((height, number, pitch), 0 if slices.dtype == bool else 255, slices.dtype)
    strip[:, :, :width] = slices.swapaxes(0, 1)
    return strip.reshape(height, number * pitch)


def _spread_slices(reference: npt.NDArray[Any]) -> list[int]:
    """Return up to five slices evenly from the first to the last that holds a structure."""
    filled = np.flatnonzero(reference.any((1, 2)))
    first, last = (int(filled[0]), int(filled[-1])) if len(filled) else (0, len(reference) - 1)
    return sorted({round(number) for number in np.linspace(first, last, SLICES).tolist()})


def _legend(line: Line) -> list[Line2D]:
    from matplotlib.lines import Line2D

    solid = Line2D([], [], color="0.3", linestyle="solid", label="reference")
    dashed = Line2D([], [], color="0.3", linestyle="dashed", label="prediction")
    names = enumerate(line.first.structures, 1)
    return [*(Line2D([], [], color=color_of(label), label=name) for label, name in names), solid, dashed]
