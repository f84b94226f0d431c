"""What a run logged, by stage, term and update; a loss is the mean over the updates since the one logged before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

Row = tuple[str, int, str, float]
"""stage, update (counted over all stages), term, value."""

DICE = "val_dice"
RANK, GRADIENT = "effective_rank", "encoder_gradient"
SINGLE = (DICE, RANK, GRADIENT)
"""Terms that are of one update; all others are losses, and means."""


class Place(NamedTuple):
    """Where a value stands. since: the update before the first one that a mean is over; the same one for no mean."""

    stage: str
    term: str
    update: int
    since: int


@dataclass(frozen=True)
class Logged:
    """values: of each place, in the order in which they were logged. begins: after which update each stage begins."""

    values: Mapping[Place, float]
    begins: Mapping[str, int]

    @property
    def last(self) -> int:
        """The last update that anything was logged of; 0 for none."""
        return max((place.update for place in self.values), default=0)

    def of(self, term: str) -> list[tuple[Place, float]]:
        """Return a term's values over all stages, by update."""
        return sorted((place, value) for place, value in self.values.items() if place.term == term)

    @property
    def losses(self) -> list[str]:
        """The loss terms, in the order in which they were logged first."""
        return list(dict.fromkeys(place.term for place in self.values if place.term not in SINGLE))


def logged(rows: Iterable[Row]) -> Logged:
    """Return a run's history by place."""
    values, begins, before, latest = dict[Place, float](), dict[str, int](), 0, 0
    for stage, update, term, value in rows:
        begins.setdefault(stage, latest)
        if term in SINGLE:
            values[Place(stage, term, update, update)] = value
            continue
        if update != latest:  # all losses of an update are logged together
            before, latest = latest, update
        values[Place(stage, term, update, before)] = value
    return Logged(values, begins)
