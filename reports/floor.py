"""Which line of a table is plain supervised training, that methods are measured by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.distinctions import SHARED, values_of
from reports.line import Line
from reports.networks import without_former
from reports.summary import LABELS_ONLY, Group

FLOOR = "supervised"
PUBLISHED_RECIPE = {"augmentation": "geometric", "scaling": "minmax"}
"""What SSL4MIS' supervised training has, as preset ``paper``: its augmentation, and grey values by their extremes."""
Kind = tuple[str, str, int]
"""Network, draw and number of labels: what a method shares with supervised training where they differ by it alone."""


@dataclass(frozen=True)
class Floor:
    """Supervised training of one network, draw and number of labels, by numbers of the lines.

    published: with the published recipe and nothing else other; None where it was not run, or is the floor itself.
    strong: by the stronger recipe at the same schedule. others: with other recipes than these two and nothing else
    other.
    """

    plain: int
    published: int | None
    strong: int | None
    others: Sequence[int] = ()


def kind_of(line: Line) -> Kind:
    """Return what a line shares with its floor."""
    return line.first.cell.backbone, line.first.cell.label_draw, line.first.cell.labeled


def floor_for(lines: Sequence[Line], line: Line) -> Floor | None:
    """Return the supervised training that a line is measured by; None where none of its kind was run.

    The one at the line's own schedule if there is such, then of its own recipe: what another recipe gives is no
    method's. Then the one with the fewest values replaced.
    """
    kind, wanted, own = kind_of(line), schedule_of(line), recipe(line)

    def distance(number: int) -> tuple[int, bool, int]:
        other = lines[number]
        return len(schedule_of(other) ^ wanted), recipe(other) != own, len(other.first.cell.overrides)

    mine = [number for number, other in enumerate(lines) if kind_of(other) == kind and _may_be_floor(other)]
    mine.sort(key=distance)
    supervised = [number for number in mine if lines[number].first.cell.method == FLOOR]
    if not supervised:
        return None
    plain = supervised[0]
    alike = [n for n in supervised if n != plain and _but_recipe(lines[n]) == _but_recipe(lines[plain])]
    published = next((number for number in alike if has_published_recipe(lines[number])), None)
    at = schedule_of(lines[plain])
    strong = next((n for n in mine if n not in supervised and schedule_of(lines[n]) == at), None)
    others = tuple(n for n in alike if not has_published_recipe(lines[n]) and recipe(lines[n]) != recipe(lines[plain]))
    return Floor(plain, published, strong, others)


def measured_by(lines: Sequence[Line], compared: Sequence[int]) -> Mapping[int, int]:
    """Return the floor of each method that is compared, in their order, but where that is not compared."""
    methods = [number for number in compared if lines[number].first.cell.method != FLOOR]
    found = {number: floor.plain for number in methods if (floor := floor_for(lines, lines[number])) is not None}
    return {number: floor for number, floor in found.items() if floor in compared}


def floor_of(group: Group) -> int | None:
    """Return the line that is the floor of most lines, but of twins; None where supervised training was not run."""
    lines = [line for line in without_former(group.lines) if not (line.first.cell.twin or group.is_beside(line))]
    found = Counter(floor.plain for line in lines if (floor := floor_for(group.lines, line)) is not None)
    return found.most_common(1)[0][0] if found else None


def _may_be_floor(line: Line) -> bool:
    return line.first.cell.method in LABELS_ONLY and not line.is_crossed


def has_published_recipe(line: Line) -> bool:
    """Return whether a line trains by the published recipe, whether that was asked for or is its preset's."""
    values = values_of(line)
    return all(values.get(field) == value for field, value in PUBLISHED_RECIPE.items())


def recipe(line: Line) -> str:
    """Return a line's recipe in words, such as ``augmentation=mri scaling=percentile``; empty where it tells none."""
    values = values_of(line)
    return " ".join(f"{field}={values[field]}" for field in PUBLISHED_RECIPE if field in values)


def _but_recipe(line: Line) -> tuple[str, Mapping[str, object]]:
    cell = line.first.cell
    return cell.fidelity, {field: value for field, value in cell.overrides.items() if field not in PUBLISHED_RECIPE}


def schedule_of(line: Line) -> frozenset[tuple[str, str]]:
    """Return what was asked of a line in fields that mean the same of all methods, but the recipe."""
    asked = line.first.cell.overrides.items()
    return frozenset((field, str(value)) for field, value in asked if field in SHARED and field not in PUBLISHED_RECIPE)
