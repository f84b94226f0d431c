"""Where a method's gain comes from: from supervised training as printed to the method, a step at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reports.floor import FLOOR, Floor, floor_for, has_published_recipe, recipe
from reports.gain import METRIC, Gain, Gains
from reports.line import Line
from reports.section import Scene
from reports.summary import LABELS_ONLY
from results.published import OURS


@dataclass(frozen=True)
class Way:
    """The steps to a method; None where the line that a step needs was not run.

    recipe: supervised training here over that with the published recipe. batches: the method's twin, whose unlabelled
    terms weigh nothing, over supervised training. term: the method over its twin. whole: over supervised training.
    over_strong: over the stronger recipe of supervised training. over_others: over its other recipes, by their words.
    own: the recipe of supervised training here, in words. is_published: whether that is the published one.
    """

    line: Line
    recipe: Gain | None
    batches: Gain | None
    term: Gain | None
    whole: Gain
    over_strong: Gain | None = None
    over_others: Mapping[str, Gain] = field(default_factory=dict)
    is_published: bool = False
    own: str = ""

    def over_recipe(self, words: str) -> Gain | None:
        """Return the gain over supervised training of a recipe, which may be that of the whole; None: not run."""
        return self.whole if words == self.own else self.over_others.get(words)

    @property
    def is_recipe(self) -> bool:
        """Whether the twin is shown above supervised training, and what its unlabelled term adds is shown to be less.

        A wide interval over the twin is no sign that the term adds nothing, and one seed has none.
        """
        batches, term = self.batches, self.term
        if batches is None or batches.low is None or term is None or term.low is None or term.high is None:
            return False
        return batches.low > 0 and term.low <= 0 and term.high < batches.value


@dataclass(frozen=True)
class Base:
    """A floor as a page tells it: its name, Dice as it is, with the published recipe and by the stronger one.

    Dice is NaN where nothing counts, and None where there was no run.
    """

    label: str
    dice: float
    published: float | None
    strong: float | None
    strong_gain: Gain | None
    others: Sequence[tuple[str, float, Gain]] = ()
    """Other recipes: in words, with their Dice and its gain over the floor."""


@dataclass(frozen=True)
class Steps:
    """The ways to a table's methods. printed: supervised training in papers.

    without: names of methods on a network, or of labels, that supervised training was not run on.
    """

    ways: tuple[Way, ...]
    printed: tuple[float, ...]
    bases: tuple[Base, ...]
    without: tuple[str, ...]

    @property
    def has_strong(self) -> bool:
        """Whether the stronger recipe was run."""
        return any(one.strong is not None for one in self.bases)

    @property
    def others(self) -> Sequence[str]:
        """Other recipes of supervised training that were run, in words."""
        return list(dict.fromkeys(words for one in self.bases for words, *_ in one.others))


def gain_steps(scene: Scene) -> Steps | None:
    """Return the ways to the methods of a table; None where supervised training or any step but the whole lacks."""
    gains, lines = scene.over, scene.group.lines
    methods = [n for n, line in enumerate(lines) if _is_method(line) and not scene.group.is_beside(line)]
    known = {number: floor for number in methods if (floor := floor_for(lines, lines[number])) is not None}
    ways = tuple(_way(gains, number, floor) for number, floor in known.items())
    if not any(way.batches or way.recipe or way.over_strong or way.over_others for way in ways):
        return None
    prints = {one.printed for one in scene.verdicts if _is_floor(one.method, one.structure, one.line)}
    without = tuple(lines[number].label for number in methods if number not in known)
    used = dict.fromkeys(known.values())
    return Steps(ways, tuple(sorted(prints)), tuple(_base(gains, floor) for floor in used), without)


def _is_floor(method: str, structure: str, line: Line) -> bool:
    return structure == "avg" and OURS[method] == FLOOR and not line.is_ceiling


def _is_method(line: Line) -> bool:
    cell = line.first.cell
    return cell.method not in LABELS_ONLY and not cell.twin and not line.is_crossed


def _base(gains: Gains, floor: Floor) -> Base:
    found = gains.found

    def dice(number: int) -> float:
        return 100 * found.scores[found.rule].of(number, METRIC).mean()

    label = found.group.lines[floor.plain].label
    published = None if floor.published is None else dice(floor.published)
    lines = found.group.lines
    others = tuple((recipe(lines[number]), dice(number), gains.over(number, floor.plain)) for number in floor.others)
    strong = None if floor.strong is None else dice(floor.strong)
    above = None if floor.strong is None else gains.over(floor.strong, floor.plain)
    return Base(label, dice(floor.plain), published, strong, above, others)


def _way(gains: Gains, number: int, floor: Floor) -> Way:
    lines = gains.found.group.lines
    twin = next((n for n, other in enumerate(lines) if other.is_twin_of(lines[number])), None)
    return Way(
        lines[number],
        None if floor.published is None else gains.over(floor.plain, floor.published),
        None if twin is None else gains.over(twin, floor.plain),
        None if twin is None else gains.over(number, twin),
        gains.over(number, floor.plain),
        None if floor.strong is None else gains.over(number, floor.strong),
        {recipe(lines[other]): gains.over(number, other) for other in floor.others},
        has_published_recipe(lines[floor.plain]),
        recipe(lines[floor.plain]),
    )


def shares(ways: Sequence[Way]) -> list[str]:
    """Return the methods whose gain is the recipe's, as sentences."""
    return [f"{way.line.label}: the recipe, not the method" for way in ways if way.is_recipe]
