"""Contours of reference and prediction on the best, median and worst test case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from reports.line import Line
from reports.plots import COLORS
from reports.raster import encoded

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

SLICES = 5
PLACES = ("best", "median", "worst")


def gallery(line: Line) -> str | None:
    """Return the pictures of a line's first seed, or None if not kept."""
    pictures = line.records[0].gallery()
    if pictures is None:
        return None
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2.1 * SLICES, 7.2))
    panels = figure.subplots(
        len(PLACES),
        SLICES,
        gridspec_kw={"left": 0.01, "right": 0.99, "top": 0.96, "bottom": 0.06, "wspace": 0.03, "hspace": 0.14},
    )
    for row, place in zip(panels, PLACES, strict=True):
        _row(row, {key: pictures[f"{place}/{key}"] for key in ("image", "reference", "prediction")})
        name, dice = str(pictures[f"{place}/name"]), float(pictures[f"{place}/dice"])
        row[0].set_title(f"{place}: {name}, mean Dice {100 * dice:.1f} %", fontsize=9, loc="left")
    figure.legend(handles=_legend(line), loc="lower center", ncols=6, frameon=False, fontsize=9)
    return encoded(figure)


def _row(row: Sequence[Axes], volume: Mapping[str, npt.NDArray[Any]]) -> None:
    shown = _spread_slices(volume["reference"])
    for axes, number in zip(row, shown, strict=False):
        axes.imshow(volume["image"][number], cmap="gray", vmin=0, vmax=255)
        for label, color in enumerate(COLORS[:3], 1):
            for kind, style in (("reference", "solid"), ("prediction", "dashed")):
                mask = volume[kind][number] == label
                if mask.any():
                    axes.contour(mask, [0.5], colors=[color], linewidths=1.1, linestyles=style)
        axes.text(0.03, 0.03, f"slice {number + 1}", transform=axes.transAxes, color="white", fontsize=7)
    for axes in row:
        axes.set_axis_off()


def _spread_slices(reference: npt.NDArray[Any]) -> list[int]:
    """Return up to five slices evenly from the first to the last that holds a structure."""
    filled = np.flatnonzero(reference.any((1, 2)))
    first, last = (int(filled[0]), int(filled[-1])) if len(filled) else (0, len(reference) - 1)
    return sorted({round(number) for number in np.linspace(first, last, SLICES).tolist()})


def _legend(line: Line) -> list[Line2D]:
    from matplotlib.lines import Line2D

    names = zip(line.first.structures, COLORS, strict=False)
    solid = Line2D([], [], color="0.3", linestyle="solid", label="reference")
    dashed = Line2D([], [], color="0.3", linestyle="dashed", label="prediction")
    return [*(Line2D([], [], color=color, label=name) for name, color in names), solid, dashed]
