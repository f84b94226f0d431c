"""Which line of a table is plain supervised training, that methods are measured by."""

from __future__ import annotations

from reports.distinctions import values_of
from reports.line import Line
from reports.summary import Group

FLOOR = "supervised"
PUBLISHED_RECIPE = {"augmentation": "geometric", "scaling": "minmax"}
"""What SSL4MIS' supervised training has, as preset ``paper``: its augmentation, and grey values by their extremes."""


def floor_of(group: Group) -> int | None:
    """Return the number of the line of supervised training as it is here; None where it was not run."""
    plain = (n for n in supervised(group) if not group.lines[n].first.cell.overrides)
    return next((number for number in plain if not has_published_recipe(group.lines[number])), None)


def supervised(group: Group) -> list[int]:
    """Return the numbers of all lines of supervised training with the table's labels."""
    lines = enumerate(group.lines)
    return [number for number, line in lines if line.first.cell.method == FLOOR and not line.is_ceiling]


def has_published_recipe(line: Line) -> bool:
    """Return whether a line augments and scales as published supervised training does."""
    values = values_of(line)
    return all(values.get(field) == value for field, value in PUBLISHED_RECIPE.items())
