"""Which line of a table is plain supervised training, that methods are measured by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.distinctions import values_of
from reports.line import Line
from reports.summary import LABELS_ONLY, Group

FLOOR = "supervised"
PUBLISHED_RECIPE = {"augmentation": "geometric", "scaling": "minmax"}
"""What SSL4MIS' supervised training has, as preset ``paper``: its augmentation, and grey values by their extremes."""
Kind = tuple[str, str]
"""Network and draw of labels: what a method shares with supervised training where their difference is the method's."""


@dataclass(frozen=True)
class Floor:
    """Supervised training of one network and draw of labels, by numbers of the lines.

    published: with the published recipe and nothing else other; None where it was not run, or is the floor itself.
    """

    plain: int
    published: int | None
    strong: int | None


def kind_of(line: Line) -> Kind:
    """Return what a line shares with its floor."""
    return line.first.cell.backbone, line.first.cell.label_draw


def floors(lines: Sequence[Line]) -> Mapping[Kind, Floor]:
    """Return the floor of each kind of line that has one."""
    found = {kind: _floor(lines, kind) for kind in dict.fromkeys(map(kind_of, lines))}
    return {kind: floor for kind, floor in found.items() if floor is not None}


def measured_by(lines: Sequence[Line], compared: Sequence[int]) -> Mapping[int, int]:
    """Return the floor of each line that is compared, in their order, but of floors and where that is not compared."""
    known = floors(lines)
    found = {number: known[kind].plain for number in compared if (kind := kind_of(lines[number])) in known}
    return {number: floor for number, floor in found.items() if number != floor and floor in compared}


def floor_of(group: Group) -> int | None:
    """Return the line that is the floor of most lines; None where supervised training was not run."""
    known = floors(group.lines)
    kinds = Counter(kind for line in group.lines if (kind := kind_of(line)) in known)
    return known[kinds.most_common(1)[0][0]].plain if kinds else None


def _floor(lines: Sequence[Line], kind: Kind) -> Floor | None:
    """Return supervised training as methods of a network and draw are measured by: as it is, with fewest replaced."""
    mine = [number for number, line in enumerate(lines) if kind_of(line) == kind and _may_be_floor(line)]
    mine.sort(key=lambda number: len(lines[number].first.cell.overrides))
    supervised = [number for number in mine if lines[number].first.cell.method == FLOOR]
    theirs = [number for number in supervised if _has_published_recipe(lines[number])]
    plain = next((number for number in supervised if number not in theirs), next(iter(theirs), None))
    if plain is None:
        return None
    published = (
        number for number in theirs if number != plain and _but_recipe(lines[number]) == _but_recipe(lines[plain])
    )
    return Floor(plain, next(published, None), next((number for number in mine if number not in supervised), None))


def _may_be_floor(line: Line) -> bool:
    return line.first.cell.method in LABELS_ONLY and not line.is_ceiling and not line.is_crossed


def _has_published_recipe(line: Line) -> bool:
    values = values_of(line)
    return all(values.get(field) == value for field, value in PUBLISHED_RECIPE.items())


def _but_recipe(line: Line) -> Mapping[str, object]:
    overrides = line.first.cell.overrides
    return {field: value for field, value in overrides.items() if field not in PUBLISHED_RECIPE}
