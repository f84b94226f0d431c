"""What became of the network that learns: its bottleneck's effective rank and its encoder's gradient, by stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from statistics import fmean

import numpy as np

from reports.floor import floor_of
from reports.line import Line
from reports.multiples import Multiple, Multiples
from reports.panels import Scale
from reports.plots import STRAIGHT, mean_at_common, named
from reports.reading import Curve, Point, Terms
from reports.spread import partly
from reports.summary import Group
from reports.svg import Plot

RANK, GRADIENT = "effective_rank", "encoder_gradient"
TITLES = {RANK: "effective rank", GRADIENT: "encoder gradient"}
COLLAPSED = 1 / 3
"""Share of its rank at a stage's start below which the end counts as a collapse.

Measured on ACDC and the phantom, 64 slices of 64 x 64, docs/decisions/053-a-look-at-the-bottleneck.md: supervised
training, UA-MT, BCP and SCS keep 0.8 or more of it, GCL 0.41, ACTION's stage i with batch norm in its heads 0.08.
"""
LARGE = 20
"""How many times the last stage's first gradient a collapsed stage's is that the page names it.

Alone it says nothing: SCS's Adam begins at 100 times that of fine-tuning, and its rank stays.
"""


@dataclass(frozen=True)
class SeedLook:
    """A stage of one run: ranks before and after it, its encoder's first and last gradient.

    None: not looked at, or an encoder that doesn't learn. NaN: what the run's history says.
    """

    rank_before: float | None
    rank_after: float | None
    first_gradient: float | None
    last_gradient: float | None

    @property
    def has_collapsed(self) -> bool:
        """Whether the rank ends below a third of what it began with."""
        before, after = self.rank_before, self.rank_after
        return before is not None and after is not None and after < COLLAPSED * before

    @property
    def is_lost(self) -> bool:
        """Whether the rank ends as no number."""
        return self.rank_after is not None and not isfinite(self.rank_after)


@dataclass(frozen=True)
class StageLook:
    """A stage of a line, a look a seed. first, last: its updates, counted over all stages."""

    line: Line
    name: str
    first: int
    last: int
    seeds: tuple[SeedLook, ...]

    def mean(self, name: str) -> float | None:
        """Return the mean of a look's value over the seeds that have it, NaN where one has NaN, None where none has."""
        return _mean(self.seeds, name)

    @property
    def collapsed(self) -> tuple[int, ...]:
        """The seeds, by their place, that collapsed."""
        return tuple(place for place, seed in enumerate(self.seeds) if seed.has_collapsed)

    @property
    def lost(self) -> tuple[int, ...]:
        """The seeds, by their place, whose rank ends as no number."""
        return tuple(place for place, seed in enumerate(self.seeds) if seed.is_lost)

    def runs(self, name: str) -> str:
        """Return of how many of the line's runs the mean of a look's value is, empty where it is of all."""
        return partly(sum(getattr(seed, name) is not None for seed in self.seeds), len(self.line.records))

    def of(self, places: Sequence[int]) -> str:
        """Return of how many seeds something is said, empty where there is one."""
        count, wanted = len(self.seeds), len(self.line.records)
        looked = f" ({wanted - count} of {wanted} not looked at)" if count < wanted else ""
        return f" in {len(places)} of {count} seeds{looked}" if wanted > 1 else ""


@dataclass(frozen=True)
class Followed:
    """The stages of a group's lines, the curves, and a sentence for each that collapsed; short: for the first table."""

    stages: tuple[StageLook, ...]
    collapses: tuple[str, ...]
    short: tuple[str, ...]
    plots: tuple[Plot, ...]


def followed(group: Group) -> Followed | None:
    """Return what the records of a group say of the networks that learned; None where they are older than that."""
    every = ((number, line, _terms(line)) for number, line in enumerate(group.lines))
    by_line = {number: _stages(line, runs) for number, line, runs in every if runs}
    if not by_line:
        return None
    pairs = [(stage, stages[-1]) for stages in by_line.values() for stage in stages]
    return Followed(
        stages=tuple(stage for stage, _ in pairs),
        collapses=tuple(words for pair in pairs for words in _sentences(*pair)),
        short=tuple(words for stage, _ in pairs for words in _short(stage)),
        plots=_plots(group, by_line),
    )


def _terms(line: Line) -> list[Terms]:
    """Return what was logged of the runs that logged either term. Those of older versions didn't."""
    every = (loaded.terms() for loaded in line.records)
    return [terms for terms in every if RANK in terms or GRADIENT in terms]


def _stages(line: Line, runs: Sequence[Terms]) -> list[StageLook]:
    found, done = [], 0
    for stage in line.first.stages:
        seeds = tuple(_seed(terms, stage.name) for terms in runs)
        found.append(StageLook(line, stage.name, done + 1, done + stage.updates, seeds))
        done += stage.updates
    return found


def _seed(terms: Terms, stage: str) -> SeedLook:
    return SeedLook(*(end for term in (RANK, GRADIENT) for end in _ends(terms.get(term, ()), stage)))


def _ends(points: Sequence[Point], stage: str) -> tuple[float | None, float | None]:
    """Return the first and the last value of a stage, by its updates."""
    mine = sorted((point for point in points if point[0] == stage), key=lambda point: point[1])
    return (mine[0][2], mine[-1][2]) if mine else (None, None)


def _mean(seeds: Sequence[SeedLook], name: str) -> float | None:
    found = [value for seed in seeds if (value := getattr(seed, name)) is not None]
    return fmean(found) if found else None


def _short(stage: StageLook) -> list[str]:
    """Return what a reader of the first table must know: that the stage collapsed, or that its rank is no number."""
    said = {"collapsed": stage.collapsed, "ended with a rank that is not a number": stage.lost}
    return [
        f"{stage.line.label}: stage {stage.name} {what}{stage.of(places)}" for what, places in said.items() if places
    ]


def _sentences(stage: StageLook, last: StageLook) -> list[str]:
    """Return what is said of a stage. last: the run's last stage, whose first gradient is the measure."""
    found = [_collapse(stage, last)] if stage.collapsed else []
    if stage.lost:
        found.append(
            f"{stage.line.label}: stage {stage.name} ended with an effective rank of the bottleneck that is not a "
            f"number{stage.of(stage.lost)}; what the network computes is not finite."
        )
    return found


def _collapse(stage: StageLook, last: StageLook) -> str:
    mine = [stage.seeds[place] for place in stage.collapsed]
    before, after = _mean(mine, "rank_before"), _mean(mine, "rank_after")
    words = (
        f"{stage.line.label}: stage {stage.name} collapsed{stage.of(stage.collapsed)}; the bottleneck's effective rank "
        f"fell from {before:.0f} to {after:.0f}, so what it leaves tells slices apart in few directions."
    )
    first = _mean(mine, "first_gradient")
    usual = _mean([last.seeds[place] for place in stage.collapsed], "first_gradient")
    if stage is last or not first or not usual or not first >= LARGE * usual:
        return words
    return f"{words} The encoder's first gradient was {first:.2g}, {first / usual:.0f} times that of stage {last.name}."


def _plots(group: Group, by_line: Mapping[int, Sequence[StageLook]]) -> tuple[Plot, ...]:
    """Return each term over updates, a panel a line, the mean over seeds; upright strokes end a stage."""
    drawn = (_multiples(group, by_line, term) for term in (RANK, GRADIENT))
    return tuple(plot for plot in drawn if plot is not None)


def _multiples(group: Group, by_line: Mapping[int, Sequence[StageLook]], term: str) -> Plot | None:
    panels = []
    for number, line in enumerate(group.lines):
        runs = _terms(line)
        curve = _by_update([terms[term] for terms in runs if term in terms])
        panels.append(Multiple(named(line, len(runs)), curve, ends={one.last for one in by_line.get(number, ())}))
    values = np.array([value for panel in panels for value in panel.curve.values()], np.float64)
    scale = Scale.around(values, STRAIGHT if term == GRADIENT else 0.0)
    y = scale if term == GRADIENT else Scale(0.0, scale.end)
    return Multiples(term, f"{TITLES[term]} over updates", TITLES[term], 1, y).plot(panels, floor_of(group))


def _by_update(runs: Sequence[Sequence[Point]]) -> Curve:
    """Return the mean over runs by stage and update, in the order of updates."""
    mean = mean_at_common(runs, by_stage=True)
    return {key: mean[key] for key in sorted(mean, key=lambda key: key[1])}
