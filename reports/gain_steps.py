"""Where a method's gain comes from: from supervised training as printed to the method, a step at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.floor import FLOOR, floor_of, has_published_recipe, supervised
from reports.gain import METRIC, Gain, Gains
from reports.line import Line
from reports.section import Scene
from results.published import OURS


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
    group, found = scene.group, scene.found
    floor = floor_of(group)
    if floor is None:
        return None
    theirs = next((number for number in supervised(group) if has_published_recipe(group.lines[number])), None)
    ways = tuple(_way(scene.over, number, floor, theirs) for number, line in enumerate(group.lines) if _is_method(line))
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


def _way(gains: Gains, number: int, floor: int, published: int | None) -> Way:
    lines = gains.found.group.lines
    twin = next((n for n, other in enumerate(lines) if other.is_twin_of(lines[number])), None)
    return Way(
        lines[number],
        None if published is None else gains.over(floor, published),
        None if twin is None else gains.over(twin, floor),
        None if twin is None else gains.over(number, twin),
        gains.over(number, floor),
    )


def shares(ways: Sequence[Way]) -> list[str]:
    """Return the methods whose gain is the recipe's, as sentences."""
    return [f"{way.line.label}: the recipe, not the method" for way in ways if way.is_recipe]
