"""A part of the page that tells of one table: what it shows, and the template of its name that shows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from reports.codes import Standings
from reports.comparison import Compared, compare_lines
from reports.findings import Findings
from reports.learning_network import Followed, followed
from reports.ledger import Gain, gains
from reports.replication import Verdict, verdicts
from reports.summary import Group


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


@dataclass(frozen=True)
class Section:
    """A section: ``templates/NAME.html`` shows as ``shown`` what ``view`` makes of a scene; nothing is left out.

    title: in the contents and over the section. folded: whether it opens by a click, as all do but the answer.
    shared: of what ``view`` made, long texts by name that sections of several tables may show: the page holds one each.
    """

    name: str
    title: str
    view: Callable[[Scene], Any]
    folded: bool = True
    shared: Callable[[Any], Mapping[str, str]] = field(default=lambda _: {})

    def of(self, scene: Scene) -> Mapping[str, Any] | None:
        """Return what the page shows of a scene; None where there is nothing."""
        shown = self.view(scene)
        return {"section": self, "shown": shown} if shown else None
