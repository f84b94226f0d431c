"""Small multiples: a panel a method on the same axes, with all others in grey behind it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np

from reports.grid import HEIGHT, Grid
from reports.panels import Entry, Panel, Scale
from reports.reading import Curve
from reports.svg import GREY, Drawing, Look, Plot

OWN, FLOOR = "#0072B2", "#D55E00"
"""Colours of a panel's own method, and of supervised training in all of them: Okabe & Ito's."""
OWN_MEAN, OWN_SEED = Look(OWN, width=2.2), Look(OWN, width=0.8, opacity=0.6)
BEHIND = Look(GREY, width=0.9, opacity=0.55)
REFERENCE = Look(FLOOR, dash="5 3", width=1.4)


@dataclass(frozen=True)
class Multiple:
    """A panel. curve: the mean over seeds, empty for a method that has none, which then has no panel; ends: of stages.

    seeds: curves of single ones, empty for one.
    """

    title: str
    curve: Curve
    seeds: Sequence[Curve] = ()
    ends: Collection[int] = ()


@dataclass(frozen=True)
class Multiples:
    """A figure of such panels. name, title: of the plot; beside: what y is; factor: of the values."""

    name: str
    title: str
    beside: str
    factor: float
    y: Scale

    def plot(self, panels: Sequence[Multiple], floor: int | None) -> Plot | None:
        """Return the figure; None where no panel has a curve. floor: number of the panel whose curve is a reference."""
        shown = [one for one in panels if one.curve]
        if not shown:
            return None
        reference = None if floor is None or not panels[floor].curve else panels[floor]
        grid = Grid([one.title for one in shown], self._key(shown, reference))
        x = Scale.around(np.array([update for one in shown for _, update in one.curve], np.float64))
        behind = self._behind(shown, reference, (grid.width, x))
        for number, one in enumerate(shown):
            panel = grid.panel(number, x, self.y)
            panel.frame(one.title, "update", self.beside)
            panel.drawing.stamp(behind, panel.left, panel.top)
            self._own(panel, one)
        return grid.drawing.plot(self.name, self.title)

    def _key(self, shown: Sequence[Multiple], reference: Multiple | None) -> list[Entry]:
        """Return what is drawn, for who sees the plot without its page."""
        seeds = any(one.seeds for one in shown)
        entries = [("mean over seeds" if seeds else "the method", OWN_MEAN)]
        entries += [("a seed", OWN_SEED)] if seeds else []
        entries += [("the other methods", BEHIND)] if len(shown) > 1 else []
        return entries + ([(reference.title, REFERENCE)] if reference is not None and len(shown) > 1 else [])

    def _behind(self, shown: Sequence[Multiple], reference: Multiple | None, of: tuple[float, Scale]) -> Drawing:
        """Return the curves of all panels, which each of them shows: in grey, and dashed the reference."""
        width, x = of
        drawing = Drawing(width, HEIGHT)
        panel = Panel(drawing, 0, 0, width, HEIGHT, x, self.y)
        for one in shown:
            if one is not reference and len(shown) > 1:
                self._draw(panel, one.curve, BEHIND)
        if reference is not None and len(shown) > 1:
            self._draw(panel, reference.curve, REFERENCE)
        return drawing

    def _own(self, panel: Panel, one: Multiple) -> None:
        for seed in one.seeds:
            self._draw(panel, seed, OWN_SEED)
        self._draw(panel, one.curve, OWN_MEAN)
        there = [(u, self.factor * v) for (_, u), v in one.curve.items() if u in one.ends and isfinite(v)]
        xs, ys = np.array(there, np.float64).reshape(-1, 2).T
        places = zip(panel.xs(xs), panel.ys(ys), strict=True)
        panel.drawing.strokes(((x, y - 6, x, y + 6) for x, y in places), Look(OWN))

    def _draw(self, panel: Panel, curve: Curve, look: Look) -> None:
        panel.curve([update for _, update in curve], [self.factor * value for value in curve.values()], look)
