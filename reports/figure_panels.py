"""A figure of cases, drawn by matplotlib: contours stay vectors, and fonts are in the file."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from reports.figure_content import Panel, Plane, Row, Shown
from reports.figure_layout import GAP_MM, INCH_MM, LETTER_MM, SIDE_MM, SIZE, Part, Sheet, legend_columns
from reports.plots import COLORS, LINE_STYLES, color_of
from results.errors import ResultUsageError

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PAGE_MM, PANEL_MM = 178.0, 42.0
"""Two columns of most journals, and the largest panel: the width of a figure where none is asked for."""
LEAST_MM = 1.0
"""The smallest panel in which anything is seen at all."""
LONGEST = 26
"""Letters of a case's name beside a row."""
BAR = 0.35
"""Share of a panel's width that a scale bar has at most."""
OPACITY, DPI = 0.45, 300
HATCHES = (None, "//////", "......", "xxxxxx")
"""Of areas, as line styles of contours, where there are more structures than colours: 24 are told apart."""
REFERENCE = "reference"
FONTS: Any = {
    "pdf.fonttype": 42,
    "svg.fonttype": "path",
    "svg.hashsalt": "figure",
    "font.family": "DejaVu Sans",
    "text.parse_math": False,
}
"""Letters as TrueType in a PDF and as outlines in an SVG, names as they are; equal figures give equal bytes."""
DATES: Mapping[str, Mapping[str, Any]] = {
    "pdf": {"CreationDate": None, "Creator": "action-bench", "Producer": None},
    "svg": {"Date": None, "Creator": "action-bench"},
    "png": {"Software": None},
}


def drawn(shown: Shown, style: str, width_mm: float | None = None, whole: bool = False) -> Figure:
    """Return the figure. style: contours or overlay; whole: slices as they are, else squares about what is drawn."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    names = ["image", "reference", *(column.line.label for column in shown.columns)]
    width_mm = width_mm or min(PAGE_MM, SIDE_MM + len(names) * (PANEL_MM + GAP_MM) - GAP_MM)
    panel_mm = _panel_mm(width_mm, len(names))
    parts = [Part.whole(row) if whole else Part.about(row, shown.structures) for row in shown.rows]
    titles = [_wrapped(name, panel_mm) for name in names]
    heights = tuple(panel_mm * part.tall for part in parts)
    beside = legend_columns([*shown.structures, REFERENCE], width_mm)
    legend = -(-(len(shown.structures) + 1) // beside)
    sheet = Sheet(width_mm, panel_mm, heights, max(title.count("\n") + 1 for title in titles), legend)
    with rc_context(FONTS):
        figure = Figure(figsize=(width_mm / INCH_MM, sheet.height / INCH_MM), dpi=DPI)
        for number, (row, part) in enumerate(zip(shown.rows, parts, strict=True)):
            for column, title in enumerate(titles):
                axes = figure.add_axes(sheet.place(number, column))
                axes.set_title(title if number == 0 else "", fontsize=SIZE, pad=2)
                _panel(axes, row, part, column, style, shown)
        place: dict[str, Any] = {"loc": "lower center", "ncols": beside, "labelspacing": 0.2}
        figure.legend(handles=_legend(shown.structures, style), frameon=False, fontsize=SIZE, **place)
    return figure


def written(figure: Figure, kind: str) -> bytes:
    """Return a figure as the content of a pdf, svg or png; equal figures give equal bytes."""
    from matplotlib import rc_context

    buffer = io.BytesIO()
    with rc_context(FONTS):
        figure.savefig(buffer, format=kind, dpi=DPI, facecolor="white", metadata=dict(DATES[kind]))
    return buffer.getvalue()


def bar_mm(width_mm: float) -> float:
    """Return the length of the scale bar in a panel that shows so many mm: the longest of 1, 2, 5, 10 ... that fits."""
    ten = 10.0 ** math.floor(math.log10(BAR * width_mm))
    return max(step * ten for step in (0.5, 1, 2, 5) if step * ten <= BAR * width_mm)


def length_in_words(length_mm: float) -> str:
    """Return a length in mm, or in µm where it is below a tenth of one."""
    return f"{length_mm:g} mm" if length_mm >= 0.1 else f"{1000 * length_mm:g} µm"


def numbers(panel: Panel, unit: str) -> str:
    """Return what stands below a panel."""
    dice = "–" if panel.dice is None else f"{100 * panel.dice:.1f} %"
    distance = "–" if panel.hd95 is None else f"{panel.hd95:.1f} {'mm' if unit == 'mm' else 'voxels'}"
    return f"Dice {dice}\nHD95 {distance}"


def _panel_mm(width_mm: float, columns: int) -> float:
    """Return how wide a panel is; ResultUsageError where so many columns leave no room for one."""
    if (width_mm - SIDE_MM) / columns < LEAST_MM + GAP_MM:
        least = math.ceil(SIDE_MM + columns * (LEAST_MM + GAP_MM))
        raise ResultUsageError(f"--width {width_mm:g}: {columns} columns need {least} mm; name fewer with --methods")
    return (width_mm - SIDE_MM + GAP_MM) / columns - GAP_MM


def _panel(axes: Axes, row: Row, part: Part, column: int, style: str, shown: Shown) -> None:
    """Draw a slice and what a column shows on it: nothing, the reference, or a method's mask with the reference."""
    axes.imshow(row.image, cmap="gray", vmin=0, vmax=255, interpolation="none", aspect=part.aspect)
    axes.set_xlim(part.left - 0.5, part.left + part.width - 0.5)
    axes.set_ylim(part.top + part.height - 0.5, part.top - 0.5)
    axes.set(xticks=[], yticks=[], facecolor="white")
    axes.spines[:].set_visible(False)
    if column == 0:
        _beside(axes, row)
        _bar(axes, row, part)
    elif column == 1:
        _masks(axes, row.reference, shown.structures, style)
    else:
        panel = row.panels[column - 2]
        _outlines(axes, row.reference, shown.structures, above=style == "overlay")
        _masks(axes, panel.mask, shown.structures, style)
        place: dict[str, Any] = {"ha": "center", "va": "top", "transform": axes.transAxes, "fontsize": SIZE}
        axes.text(0.5, -0.02, numbers(panel, shown.unit), **place)


def _beside(axes: Axes, row: Row) -> None:
    """Write beside a row which case and slice it is."""
    name = row.name if len(row.name) <= LONGEST else f"{row.name[: LONGEST // 2 - 1]}…{row.name[-LONGEST // 2 :]}"
    where = f"{row.rank + ', ' if row.rank else ''}slice {row.number}"
    place: dict[str, Any] = {
        "rotation": 90,
        "ha": "right",
        "va": "center",
        "multialignment": "center",
        "fontsize": SIZE,
    }
    axes.text(-0.03, 0.5, f"{name}\n{where}", transform=axes.transAxes, **place)


def _bar(axes: Axes, row: Row, part: Part) -> None:
    """Draw a scale bar where the size of pixels is known."""
    if row.pixel_mm is None:
        return
    width_mm = part.width * row.pixel_mm[1]
    length = bar_mm(width_mm)
    share = length / width_mm
    axes.plot(
        [0.95 - share, 0.95], [0.05, 0.05], color="white", lw=1.6, solid_capstyle="butt", transform=axes.transAxes
    )
    box = {"facecolor": "black", "alpha": 0.5, "edgecolor": "none", "pad": 0.8}
    place: dict[str, Any] = {"ha": "center", "va": "bottom", "color": "white", "fontsize": SIZE - 1, "bbox": box}
    axes.text(0.95 - share / 2, 0.08, length_in_words(length), transform=axes.transAxes, **place)


def _masks(axes: Axes, mask: Plane, structures: Mapping[str, int], style: str) -> None:
    """Draw structures in their colours, as contours or as areas."""
    for label in structures.values():
        if (mask == label).any():
            if style == "overlay":
                look: dict[str, Any] = {"colors": [color_of(label)], "hatches": [HATCHES[_turn(label)]]}
                axes.contourf(*_closed(mask == label), [0.5, 2], alpha=OPACITY, **look)
            else:
                look = {"colors": [color_of(label)], "linestyles": [LINE_STYLES[_turn(label)]]}
                axes.contour(*_closed(mask == label), [0.5], linewidths=1.1, **look)


def _outlines(axes: Axes, reference: Plane, structures: Mapping[str, int], above: bool) -> None:
    """Draw the reference's contours: thin, and white with a dark edge, which is seen on any tissue.

    above: over areas of colour; a contour hides what agrees with it, so that white is left where the two differ.
    """
    from matplotlib.patheffects import Normal, Stroke

    for label in structures.values():
        if (reference == label).any():
            line = axes.contour(*_closed(reference == label), [0.5], colors=["white"], linewidths=0.5)
            line.set_zorder(4 if above else 1.5)
            line.set_path_effects([Stroke(linewidth=1.0, foreground="0.15"), Normal()])


def _closed(mask: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[np.uint8]]:
    """Return columns, rows and values of a mask with nothing around it, so that a contour closes at the border."""
    height, width = mask.shape
    return np.arange(-1, width + 1), np.arange(-1, height + 1), np.pad(mask.astype(np.uint8), 1)


def _legend(structures: Mapping[str, int], style: str) -> list[Artist]:
    """Return what the colours mean, and the white line."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch
    from matplotlib.patheffects import Normal, Stroke

    found: list[Artist] = []
    for name, label in structures.items():
        color, turn = color_of(label), _turn(label)
        if style == "overlay":
            hatched: dict[str, Any] = {"edgecolor": "black", "hatch": HATCHES[turn], "linewidth": 0} if turn else {}
            found.append(Patch(alpha=OPACITY, label=name, **{"facecolor": color, "edgecolor": color, **hatched}))
        else:
            found.append(Line2D([], [], color=color, ls=LINE_STYLES[turn], lw=1.4, label=name))
    edge = [Stroke(linewidth=2, foreground="0.3"), Normal()]
    return [*found, Line2D([], [], color="white", lw=1, label=REFERENCE, path_effects=edge)]


def _turn(label: int) -> int:
    """Return how often the colours were used up before a label's, which then has other lines and hatches."""
    return (label - 1) // len(COLORS) % len(LINE_STYLES)


def _wrapped(text: str, width_mm: float) -> str:
    """Return a title in as many lines as its column needs."""
    return "\n".join(wrap(text, max(6, int(width_mm / LETTER_MM))))
