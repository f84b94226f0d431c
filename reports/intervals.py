"""95 % intervals of a table's means, over patients and seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from reports.scores import GroupScores, generator, group_scores
from reports.summary import Group
from results.statistics.bootstrap import Draws, Estimate, interval
from results.summary import METRICS

Intervals = Mapping[tuple[int, str, str], Estimate]
"""By number of the line, structure (or ``avg``) and metric; what has no interval is absent."""

BOUNDS = {"dice": (0.0, 1.0), "jaccard": (0.0, 1.0)}
DISTANCE = (0.0, float("inf"))


def intervals(group: Group, rule: str, metrics: Sequence[str] = METRICS) -> Intervals:
    """Return the intervals of a group's lines; none for one seed, nor for runs that share seeds with each other."""
    scores = group_scores(group, rule)
    if len(scores.patients) < 2:
        return {}
    places = [
        (number, structure, metric)
        for number, line in enumerate(group.lines)
        if not line.is_crossed
        for structure in ("avg", *group.structures)
        for metric in metrics
    ]
    found = ((place, _interval(group, scores, place, rule)) for place in places)
    return {place: one for place, one in found if one is not None}


def _interval(group: Group, scores: GroupScores, place: tuple[int, str, str], rule: str) -> Estimate | None:
    """Return one interval, with draws of its own: it is the same whatever else a page prints."""
    number, structure, metric = place
    one = scores.of(number, metric, structure)
    if not np.isfinite(one.by_patient()).all(0).sum() > 1:
        return None
    draws = Draws.of(len(scores.patients), generator([group.lines[number]], rule, structure, metric))
    return interval(one, draws, BOUNDS.get(metric, DISTANCE))
