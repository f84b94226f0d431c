"""The sentences of a table's answer, made by rule: a distance, its interval, whether it is shown, and the claim."""

from __future__ import annotations

from reports.comparison import METRIC, Compared, Pair
from reports.findings import Findings
from reports.formatting import shown
from reports.replication import WORDS, Verdict
from reports.section import Scene
from results.published import OURS

SUBJECT, FLOOR = "action", "supervised"
"""The method that the benchmark is around, and the one that every claim is measured by."""


def _number_of(found: Findings, method: str, compared: Compared) -> int | None:
    """Return the line of a method as it is, among those that are compared; None where there is none."""
    lines = found.group.lines
    mine = [number for number in compared.order if lines[number].first.cell.method == method]
    plain = [number for number in mine if not lines[number].first.cell.overrides]
    return next(iter(plain or mine), None)


def against_floor(found: Findings, compared: Compared | None) -> str:
    """Return how far the subject is above supervised training, with its interval and whether that is shown."""
    if compared is None:
        return ""
    floor = _number_of(found, FLOOR, compared)
    subject = _number_of(found, SUBJECT, compared)
    if subject is None:
        subject = next((number for number in compared.order if number != floor), None)
    if floor is None or subject is None:
        return ""
    pair = next(one for one in compared.pairs if {one.first, one.second} == {floor, subject})
    group = found.group
    head = f"With {group.labeled} labelled patient{'s' * (group.labeled != 1)} {group.lines[subject].label} is"
    return f"{head} {_gap(pair, subject == pair.first, group.lines[floor].label)}"


def _gap(pair: Pair, is_above: bool, floor: str) -> str:
    """Return the distance of a pair in words; its first line is the higher one."""
    words = f"{100 * pair.found.difference:.1f} Dice {'above' if is_above else 'below'} {floor}"
    if pair.found.gap is None:
        return f"{words} on these test patients: runs of one seed tell networks apart, and no methods."
    low, high = 100 * pair.found.gap.low, 100 * pair.found.gap.high
    return f"{words} (95 % {low:.1f} to {high:.1f}): {'shown' if pair.apart else 'not shown'}."


def highest(found: Findings, compared: Compared | None) -> str:
    """Return which line has the highest mean, and how many can't be told from it."""
    if compared is None or len(compared.order) < 3:
        return ""
    first, *others = compared.order
    line = found.group.lines[first]
    mean = shown(found.spreads[first, found.rule, "avg", METRIC], METRIC)
    below = sum(1 for pair in compared.pairs if pair.first == first and pair.apart)
    seeds = len(line.records)
    if seeds == 1:
        return f"The highest mean, {mean}, is that of {line.label}, of one seed, which no test tells from the others."
    head = f"The highest mean is that of {line.label}, {mean} over {seeds} seeds"
    return f"{head}; {len(others) - below} of the {len(others)} others can't be told from it."


def at_schedule(scene: Scene) -> str:
    """Return that nothing was run as papers do, where they print numbers of these data."""
    if not scene.verdicts or any(one.outcome in WORDS.values() for one in scene.verdicts):
        return ""
    return "At the paper's schedule and network: no run."


def claim_of(scene: Scene) -> str:
    """Return what is printed of subject and floor in one source, and the verdict on both; empty without numbers."""
    means = [one for one in scene.verdicts if one.structure == "avg"]
    subjects = sorted((one for one in means if OURS[one.method] == SUBJECT), key=lambda one: len(one.method))
    for mine in subjects:
        theirs = [one for one in means if OURS[one.method] == FLOOR and one.source == mine.source]
        theirs = [one for one in theirs if not one.line.is_ceiling]
        if theirs:
            return _printed(mine, theirs[0])
    return ""


def _printed(mine: Verdict, floor: Verdict) -> str:
    gap = mine.printed - floor.printed
    outcomes = list(dict.fromkeys((mine.outcome, floor.outcome)))
    return (
        f"Printed: {mine.method} {mine.printed:.1f}, {floor.method} {floor.printed:.1f}, {gap:+.1f} Dice "
        f"({mine.source}); here {mine.here:.1f} and {floor.here:.1f}: {' and '.join(outcomes)}."
    )
