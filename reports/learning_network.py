"""What became of the network that learns: its bottleneck's effective rank and its encoder's gradient, by stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure

from reports.plots import encoded, line_styles, tidy
from reports.summary import Group, Line

RANK, GRADIENT = "effective_rank", "encoder_gradient"
TITLES = ("effective rank of the bottleneck", "gradient of the encoder, l2 norm")
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
class StageLook:
    """A stage of a line, means over seeds: ranks before and after it, its encoder's first and last gradient.

    first, last: its updates, counted over all stages. None: not looked at, or an encoder that doesn't learn.
    """

    line: Line
    name: str
    first: int
    last: int
    rank_before: float | None
    rank_after: float | None
    first_gradient: float | None
    last_gradient: float | None

    @property
    def has_collapsed(self) -> bool:
        """Whether the rank ends below a third of what it began with."""
        before, after = self.rank_before, self.rank_after
        return before is not None and after is not None and after < COLLAPSED * before


@dataclass(frozen=True)
class Followed:
    """The stages of a group's lines, a sentence for each that collapsed, and the curves."""

    stages: tuple[StageLook, ...]
    collapses: tuple[str, ...]
    plot: str


def followed(group: Group) -> Followed | None:
    """Return what the records of a group say of the networks that learned; None where they are older than that."""
    lines = [line for line in group.lines if len(_terms(line))]
    if not lines:
        return None
    by_line = [_stages(line) for line in lines]
    words = [_collapse(stage, stages[-1]) for stages in by_line for stage in stages if stage.has_collapsed]
    return Followed(tuple(stage for stages in by_line for stage in stages), tuple(words), _curves(lines))


def _terms(line: Line) -> pd.DataFrame:
    """Return the line's rows of both terms, mean over seeds: stage, update, term, value."""
    table = pd.concat([loaded.history() for loaded in line.records])
    table = table[table["term"].isin([RANK, GRADIENT])]
    return table.groupby(["stage", "update", "term"], sort=False)["value"].mean().reset_index()


def _stages(line: Line) -> list[StageLook]:
    table, found, done = _terms(line), [], 0
    for stage in line.first.stages:
        mine = table[table["stage"] == stage.name].sort_values("update")
        ranks, norms = (mine[mine["term"] == term]["value"].dropna().tolist() for term in (RANK, GRADIENT))
        ends = (*_ends(ranks), *_ends(norms))
        found.append(StageLook(line, stage.name, done + 1, done + stage.updates, *ends))
        done += stage.updates
    return found


def _ends(values: Sequence[float]) -> tuple[float | None, float | None]:
    return (values[0], values[-1]) if values else (None, None)


def _collapse(stage: StageLook, last: StageLook) -> str:
    """Return what is said of a collapsed stage. last: the run's last stage, whose first gradient is the measure."""
    words = (
        f"{stage.line.label}: in stage {stage.name} the bottleneck's effective rank fell from "
        f"{stage.rank_before:.0f} to {stage.rank_after:.0f}; what it leaves tells slices apart in few directions."
    )
    mine, usual = stage.first_gradient, last.first_gradient
    if stage is last or not mine or not usual or mine < LARGE * usual:
        return words
    return f"{words} The encoder's first gradient was {mine:.2g}, {mine / usual:.0f} times that of stage {last.name}."


def _curves(lines: Sequence[Line]) -> str:
    """Return both terms over updates, a curve a line; upright strokes end a stage."""
    figure = Figure(figsize=(10, 3.0), layout="constrained")
    panels = figure.subplots(1, 2)
    for line, (color, style) in zip(lines, line_styles(len(lines)), strict=True):
        table = _terms(line)
        ends = [stage.last for stage in _stages(line)]
        for axes, term in zip(panels, (RANK, GRADIENT), strict=True):
            one = table[table["term"] == term].sort_values("update", kind="stable")
            axes.plot(one["update"], one["value"], color=color, linestyle=style, linewidth=1.2, label=line.label)
            last = one[one["update"].isin(ends)]
            axes.plot(last["update"], last["value"], color=color, linestyle="", marker="|", markersize=9)
    for axes, title in zip(panels, TITLES, strict=True):
        axes.set(xlabel="update")
        axes.set_title(title, fontsize=9, loc="left")
        tidy(axes)
    panels[0].set_ylim(bottom=0)
    panels[1].set_yscale("symlog", linthresh=0.01)
    panels[1].legend(frameon=False, fontsize=7, loc="upper left", bbox_to_anchor=(1, 1), handlelength=3.5)
    return encoded(figure)
