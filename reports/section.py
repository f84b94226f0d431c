"""A part of the page that tells of one table: what it shows, and the template of its name that shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from reports.codes import Standings
from reports.comparison import Compared, compare_lines
from reports.findings import Findings
from reports.gain import Gains
from reports.learning_network import Followed, followed
from reports.ledger import Gain, gains
from reports.replication import Verdict, verdicts
from reports.summary import Group
from reports.svg import Plot


@dataclass(frozen=True, eq=False)
class Scene:
    """What sections of a table are made from, each number computed once. anchor: of links into the table's part."""

    found: Findings
    codes: Standings
    anchor: str

    @property
    def group(self) -> Group:
        """The table's lines."""
        return self.found.group

    @cached_property
    def compared(self) -> Compared | None:
        """What is said of the methods against each other."""
        return compare_lines(self.found)

    @cached_property
    def followed(self) -> Followed | None:
        """Rank and gradient of the networks as they trained."""
        return followed(self.group)

    @cached_property
    def verdicts(self) -> Sequence[Verdict]:
        """A verdict each on the published numbers of its data and labels."""
        return verdicts(self.group, self.found.rule)

    @cached_property
    def gains(self) -> Sequence[Gain]:
        """What choosing on the test patients would have gained."""
        return gains(self.group)

    @cached_property
    def over(self) -> Gains:
        """What a line is above another, with its interval."""
        return Gains(self.found, self.compared)


def no_plots(_: object) -> Iterable[Plot | None]:
    """Return that a section draws nothing."""
    return ()


@dataclass(frozen=True)
class Section:
    """A section: ``templates/NAME.html`` shows as ``shown`` what ``view`` makes of a scene; nothing is left out.

    title: in the contents and over the section. folded: whether it opens by a click, as all do but the answer. plots:
    which of what is shown are drawings, None among them where there was nothing to draw.
    shared: of what ``view`` made, long texts by name that sections of several tables may show: the page holds one each.
    """

    name: str
    title: str
    view: Callable[[Scene], Any]
    folded: bool = True
    plots: Callable[[Any], Iterable[Plot | None]] = no_plots
    shared: Callable[[Any], Mapping[str, str]] = field(default=lambda _: {})

    def of(self, scene: Scene) -> Mapping[str, Any] | None:
        """Return what the page shows of a scene, and its drawings; None where there is nothing."""
        return _shown(self, self.view(scene))


@dataclass(frozen=True)
class Overview:
    """A section that tells of all tables of a page at once, with a template of its name."""

    name: str
    title: str
    view: Callable[[Sequence[Scene]], Any]
    plots: Callable[[Any], Iterable[Plot | None]] = no_plots

    def of(self, scenes: Sequence[Scene]) -> Mapping[str, Any] | None:
        """Return what the page shows of its tables, and the drawings; None where there is nothing."""
        return _shown(self, self.view(scenes))


def _shown(section: Section | Overview, shown: Any) -> Mapping[str, Any] | None:
    plots = tuple(plot for plot in section.plots(shown) if plot is not None) if shown else ()
    return {"section": section, "shown": shown, "plots": plots} if shown else None
