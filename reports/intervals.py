"""95 % intervals of a table's means, over patients and seeds."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import NamedTuple

import numpy as np

from reports.line import Line
from reports.scores import GroupScores, generator
from reports.summary import Group
from results.statistics.bootstrap import Draws, Estimate, interval
from results.summary import METRICS

Intervals = Mapping[tuple[int, str, str], Estimate]
"""By number of the line, structure (or ``avg``) and metric; what has no interval is absent."""

BOUNDS = {"dice": (0.0, 1.0), "jaccard": (0.0, 1.0)}
DISTANCE = (0.0, float("inf"))


class Place(NamedTuple):
    """What an interval is of, whatever table it stands in: a ceiling stands in several."""

    cells: tuple[str, ...]
    patients: tuple[str, ...]
    rule: str
    structure: str
    metric: str


Known = MutableMapping[Place, Estimate | None]
"""The intervals that a page's tables have so far."""


def intervals(group: Group, rule: str, scores: GroupScores, known: Known) -> Intervals:
    """Return the intervals of a group's lines, and add them to those known.

    None for one seed, nor for runs that share seeds with each other.
    """
    found: dict[tuple[int, str, str], Estimate] = {}
    if len(scores.patients) < 2:
        return found
    for number, line in enumerate(group.lines):
        if line.is_crossed or len(line.records) < 2:
            continue
        cells = tuple(loaded.record.cell.id for loaded in line.records)
        for structure in ("avg", *group.structures):
            for metric in METRICS:
                place = Place(cells, scores.patients, rule, structure, metric)
                if place not in known:
                    known[place] = _interval(scores, number, line, place)
                if (one := known[place]) is not None:
                    found[number, structure, metric] = one
    return found


def _interval(scores: GroupScores, number: int, line: Line, place: Place) -> Estimate | None:
    """Return one interval, with draws of its own: it is the same whatever else a page prints."""
    one = scores.of(number, place.metric, place.structure)
    if not np.isfinite(one.by_patient).all(0).sum() > 1:
        return None
    draws = Draws.of(len(scores.patients), generator([line], place.rule, place.structure, place.metric))
    return interval(one, draws, BOUNDS.get(place.metric, DISTANCE))
