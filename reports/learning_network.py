"""What became of the network that learns: its bottleneck's effective rank and its encoder's gradient, by stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from statistics import fmean

import pandas as pd
from matplotlib.figure import Figure

from reports.plots import encoded, line_styles, mean_at_common, named, tidy
from reports.spread import partly
from reports.summary import Group, Line

RANK, GRADIENT = "effective_rank", "encoder_gradient"
TITLES = ("effective rank", "encoder gradient")
LONG = 70
"""Characters of a label from which on the legend has one column."""
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
    plot: str


def followed(group: Group) -> Followed | None:
    """Return what the records of a group say of the networks that learned; None where they are older than that."""
    lines = [line for line in group.lines if _terms(line)]
    if not lines:
        return None
    by_line = [_stages(line) for line in lines]
    pairs = [(stage, stages[-1]) for stages in by_line for stage in stages]
    return Followed(
        stages=tuple(stage for stage, _ in pairs),
        collapses=tuple(words for pair in pairs for words in _sentences(*pair)),
        short=tuple(words for stage, _ in pairs for words in _short(stage)),
        plot=_curves(lines),
    )


def _terms(line: Line) -> list[pd.DataFrame]:
    """Return each run's rows of both terms: stage, update, term, value. Runs of older versions have none."""
    tables = (loaded.history() for loaded in line.records)
    found = (table[table["term"].isin([RANK, GRADIENT])] for table in tables)
    return [table for table in found if len(table)]


def _stages(line: Line) -> list[StageLook]:
    tables, found, done = _terms(line), [], 0
    for stage in line.first.stages:
        seeds = tuple(_seed(table[table["stage"] == stage.name].sort_values("update")) for table in tables)
        found.append(StageLook(line, stage.name, done + 1, done + stage.updates, seeds))
        done += stage.updates
    return found


def _seed(table: pd.DataFrame) -> SeedLook:
    return SeedLook(
        *(end for term in (RANK, GRADIENT) for end in _ends(table[table["term"] == term]["value"].tolist()))
    )


def _ends(values: Sequence[float]) -> tuple[float | None, float | None]:
    return (values[0], values[-1]) if values else (None, None)


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


def _curves(lines: Sequence[Line]) -> str:
    """Return both terms over updates, a curve a line, the mean over seeds; upright strokes end a stage."""
    columns = 1 if max(len(line.label) for line in lines) > LONG else 2
    figure = Figure(figsize=(10, 3.0 + 0.18 * -(-len(lines) // columns)), layout="constrained")
    panels = figure.subplots(1, 2)
    for line, (color, style) in zip(lines, line_styles(len(lines)), strict=True):
        tables = _terms(line)
        label = named(line, len(tables))
        ends = [stage.last for stage in _stages(line)]
        for axes, term in zip(panels, (RANK, GRADIENT), strict=True):
            found = [one for table in tables if len(one := table[table["term"] == term])]
            mean = mean_at_common(found, ("stage", "update"))
            one = mean.reset_index().sort_values("update", kind="stable")
            axes.plot(one["update"], one["value"], color=color, linestyle=style, linewidth=1.2, label=label)
            last = one[one["update"].isin(ends)]
            axes.plot(last["update"], last["value"], color=color, linestyle="", marker="|", markersize=9)
    for axes, title in zip(panels, TITLES, strict=True):
        axes.set(xlabel="update")
        axes.set_title(title, fontsize=9, loc="left")
        tidy(axes)
    panels[0].set_ylim(bottom=0)
    panels[1].set_yscale("symlog", linthresh=0.01)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=columns, frameon=False, fontsize=7, handlelength=3.5)
    return encoded(figure)
