"""Where a method's gain comes from: from supervised training as printed to the method, a step at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.answer_words import FLOOR
from reports.comparison import METRIC
from reports.distinctions import values_of
from reports.findings import Findings
from reports.line import Line
from reports.scores import generator
from reports.section import Scene
from results.published import OURS
from results.statistics.bootstrap import Draws, difference

PUBLISHED_RECIPE = {"augmentation": "geometric", "scaling": "minmax"}
"""What SSL4MIS' supervised training has, as preset ``paper``: its augmentation, and grey values by their extremes."""


@dataclass(frozen=True)
class Gain:
    """Points of Dice of one line over another. low, high: of the 95 % interval; None where either has one seed."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Way:
    """The steps to a method; None where the line that a step needs was not run.

    recipe: supervised training here over that with the published recipe. batches: the method's twin, whose unlabelled
    terms weigh nothing, over supervised training. term: the method over its twin. whole: over supervised training.
    """

    line: Line
    recipe: Gain | None
    batches: Gain | None
    term: Gain | None
    whole: Gain

    @property
    def is_recipe(self) -> bool:
        """Whether the twin is shown above supervised training, and the method not above its twin."""
        above = self.batches is not None and self.batches.low is not None and self.batches.low > 0
        return above and self.term is not None and not (self.term.low is not None and self.term.low > 0)


@dataclass(frozen=True)
class Steps:
    """The ways to a table's methods. printed: supervised training in papers; published_recipe: here, with theirs."""

    ways: tuple[Way, ...]
    printed: tuple[float, ...]
    floor: float
    published_recipe: float | None


def gain_steps(scene: Scene) -> Steps | None:
    """Return the ways to the methods of a table; None where supervised training or any step but the whole lacks."""
    lines, found = scene.group.lines, scene.found
    supervised = [n for n, line in enumerate(lines) if line.first.cell.method == FLOOR and not line.is_ceiling]
    plain = [number for number in supervised if not lines[number].first.cell.overrides]
    published = [number for number in supervised if _has_published_recipe(lines[number])]
    floor = next((number for number in plain if number not in published), None)
    if floor is None:
        return None
    theirs = next(iter(published), None)
    ways = tuple(_way(found, number, floor, theirs) for number, line in enumerate(lines) if _is_method(line))
    if not any(way.batches or way.recipe for way in ways):
        return None
    prints = {one.printed for one in scene.verdicts if _is_floor(one.method, one.structure, one.line)}
    mean = 100 * found.scores[found.rule].of(floor, METRIC).mean()
    known = None if theirs is None else 100 * found.scores[found.rule].of(theirs, METRIC).mean()
    return Steps(ways, tuple(sorted(prints)), mean, known)


def _is_floor(method: str, structure: str, line: Line) -> bool:
    return structure == "avg" and OURS[method] == FLOOR and not line.is_ceiling


def _is_method(line: Line) -> bool:
    cell = line.first.cell
    return cell.method != FLOOR and not cell.twin and not line.is_ceiling and not line.is_crossed


def _has_published_recipe(line: Line) -> bool:
    values = values_of(line)
    return all(values.get(field) == value for field, value in PUBLISHED_RECIPE.items())


def _way(found: Findings, number: int, floor: int, published: int | None) -> Way:
    lines = found.group.lines
    twin = next((n for n, other in enumerate(lines) if other.is_twin_of(lines[number])), None)
    return Way(
        lines[number],
        None if published is None else _gain(found, floor, published),
        None if twin is None else _gain(found, twin, floor),
        None if twin is None else _gain(found, number, twin),
        _gain(found, number, floor),
    )


def _gain(found: Findings, first: int, second: int) -> Gain:
    scores, lines = found.scores[found.rule], found.group.lines
    one, other = scores.of(first, METRIC), scores.of(second, METRIC)
    draws = Draws.of(len(scores.patients), generator([lines[first], lines[second]], found.rule, "steps"))
    inside = difference(one, other, draws)
    value = 100 * (one.mean() - other.mean())
    return Gain(value, *(None, None) if inside is None else (100 * inside.low, 100 * inside.high))


def shares(ways: Sequence[Way]) -> list[str]:
    """Return the methods whose gain is the recipe's, as sentences."""
    return [f"{way.line.label}: the recipe, not the method" for way in ways if way.is_recipe]
