"""The critical-difference plot: mean ranks, and which methods are not told apart."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from textwrap import fill
from typing import Any

import pandas as pd

from reports.plots import COLORS, WIDE
from reports.raster import encoded
from reports.summary import Group
from results.statistics.ranks import Ranking

BESIDE = 4.2
"""Room for labels at each side, in inches; what stays white is cut off."""


def critical_difference_plot(
    group: Group, order: Sequence[int], apart: Collection[tuple[int, int]], ranking: Ranking
) -> str:
    """Return mean ranks; bars join what isn't told apart, with dots at members; a ruler is Nemenyi's distance.

    order: lines by number; apart: pairs of these.
    """
    import scikit_posthocs
    from matplotlib.figure import Figure

    joined = pd.DataFrame(1.0, index=list(order), columns=list(order))
    for first, second in apart:
        joined.loc[first, second] = joined.loc[second, first] = 0.0
    width, height = 5 + 2 * BESIDE, 2.2 + 0.3 * len(order)
    figure = Figure(figsize=(width, height))
    axes = figure.add_axes((BESIDE / width, 0.3 / height, 5 / width, 1 - 0.8 / height))
    # Numbers, which unlike names every process puts into the same order in a set, as it is drawn.
    ranks = {int(number): mean for number, mean in ranking.ranks.items()}
    style: dict[str, Any] = {
        "label_props": {"fontsize": 9},
        "label_fmt_left": "{label}",
        "label_fmt_right": "{label}",
        "color_palette": {number: (COLORS * 8)[number] for number in order},
    }
    drawn = scikit_posthocs.critical_difference_diagram(ranks, joined, cd=ranking.critical_difference, ax=axes, **style)
    for text in drawn["labels"]:
        number = int(text.get_text())
        words = group.lines[number].label, f"({ranks[number]:.2f})"
        text.set_text(fill(" ".join(words if text.get_ha() == "right" else reversed(words)), WIDE))
    for bar in itertools.chain.from_iterable(drawn["crossbars"]):
        bar.set(marker="o", markersize=4.5)
    return encoded(figure)
