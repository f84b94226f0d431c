"""What a reader stumbles over in a table, explained where it stands."""

from __future__ import annotations

from collections.abc import Sequence

from reports.answer_rows import Row, dice_of
from reports.distinctions import apart_in_learning
from reports.floor import FLOOR, recipe, schedule_of
from reports.line import Line
from reports.provenance import mixed
from reports.section import Scene
from reports.seeds_text import levels_of
from results.published import OURS

CUT = 5
"""Times as many updates as the shortest stage that the last one takes, where the shortest is cut."""


def stumbles(scene: Scene, rows: Sequence[Row]) -> list[str]:
    """Return what a reader stumbles over in this table, a sentence each."""
    said = (
        _crossed(scene),
        _cut_stages(scene),
        _above_print(scene),
        _near_ceiling(rows),
        _learning(scene),
        _mixed(scene),
    )
    return list(filter(None, said))


def _learning(scene: Scene) -> str:
    """Return in what rows learn by they differ, where they do: a row's name does not tell what nobody asked for."""
    found = apart_in_learning(scene.group.lines)
    return f"Rows do not learn by the same: {'; '.join(found)}." if found else ""


def _mixed(scene: Scene) -> str:
    """Return which rows are means over runs of several machines, versions or commits."""
    found = mixed(scene.group)
    return f"Means over runs that were not made alike: {'. '.join(found)}." if found else ""


def _crossed(scene: Scene) -> str:
    """Return what ± is of runs of crossed seeds, where there are any: no deviation over seeds."""
    lines = [line for line in scene.group.lines if line.is_crossed]
    if not lines:
        return ""
    names = "; ".join(f"{line.label}: {_runs_of(line)}" for line in lines)
    return (
        f"Seeds that are crossed ({names}): these runs share seeds, so ± is over the runs and no deviation over seeds, "
        "they have no interval, and no other row is compared with theirs."
    )


def _runs_of(line: Line) -> str:
    """Return the runs of crossed seeds by how many seeds of each dimension they have."""
    named = [f"{len(seeds)} {name}s" for name, seeds in levels_of(line).items() if len(seeds) > 1]
    return f"{line.seeds_told}, {', '.join(named)}" if named else line.seeds_told


def _cut_stages(scene: Scene) -> str:
    """Return why some stages take an update or two, where they do and the last one takes many more."""
    cut = [line for line in scene.group.lines if _is_cut(line)]
    if not cut:
        return ""
    return (
        f"Updates such as {cut[0].updates} are those of a method's stages: preset {scene.group.preset} cuts the first "
        "ones to next to nothing, because validation Dice fell with the updates that they took from the last "
        "(docs/LOG.md)."
    )


def _is_cut(line: Line) -> bool:
    """Return whether a stage takes next to nothing of a run's updates: of a run of few every stage takes few."""
    stages = [stage.updates for stage in line.first.stages]
    return len(stages) > 1 and min(stages) <= 2 and stages[-1] >= CUT * min(stages)


def _above_print(scene: Scene) -> str:
    """Return how far supervised training lies above its printed number, where it is by ten points or more.

    Of several rows of it the lowest is looked at, of several printed numbers the nearest.
    """
    floors = [one for one in scene.verdicts if one.structure == "avg" and OURS[one.method] == FLOOR]
    floors = [one for one in floors if not one.line.is_ceiling]
    one = min(floors, key=lambda verdict: (verdict.here, abs(verdict.here - verdict.printed)), default=None)
    if one is None or one.here < one.printed + 10:
        return ""
    return (
        f"Supervised training is at {one.here:.1f} here and at {one.printed:.1f} in print, so a method has less to "
        f"gain here. What is known to differ: {'; '.join(one.differs) or 'nothing'}."
    )


def _near_ceiling(rows: Sequence[Row]) -> str:
    """Return that all labels are hardly better than few, where the highest row is within two points of the ceiling.

    Ceilings are those of the row's own network and schedule, of which one must have its recipe: what another one
    reaches tells nothing of this one's labels.
    """
    known = [(value, row.line) for row in rows if (value := dice_of(row)) is not None]
    highest, best = max((one for one in known if not one[1].is_ceiling), key=lambda one: one[0], default=(0.0, None))
    ceilings = [one for one in known if best is not None and one[1].is_ceiling and _is_at_setting(one[1], best)]
    most = max((value for value, _ in ceilings), default=0.0)
    if best is None or highest < most - 0.02 or all(recipe(line) != recipe(best) for _, line in ceilings):
        return ""
    return (
        f"All labels reach {100 * most:.1f} and these few {100 * highest:.1f}: at this schedule something "
        "else than the number of labels is the bound, so methods have little to show."
    )


def _is_at_setting(line: Line, other: Line) -> bool:
    return line.first.cell.backbone == other.first.cell.backbone and schedule_of(line) == schedule_of(other)
