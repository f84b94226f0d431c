"""The sentences of a table's answer, made by rule: a distance, its interval, whether it is shown, and the claim."""

from __future__ import annotations

from collections.abc import Sequence

from reports.comparison import METRIC, Compared, Pair
from reports.findings import Findings
from reports.floor import FLOOR, floor_for, measured_by, recipe
from reports.formatting import digits_of, fixed, p_equals, shown, signed
from reports.networks import NETWORK
from reports.replication import WORDS, Verdict
from reports.section import Scene
from results.published import OURS
from results.statistics.bootstrap import Estimate
from results.statistics.paired import ALPHA

SUBJECT = "action"
"""The method that the benchmark is around."""


def _number_of(found: Findings, method: str, compared: Compared) -> int | None:
    """Return the line of a method as it is, among those that are compared; None where there is none.

    As it is has nothing replaced, and is of fidelity ``fixed`` and of the papers' network where that was run, whatever
    another one scores.
    """
    cells = {number: found.group.lines[number].first.cell for number in compared.order}
    mine = [number for number, cell in cells.items() if cell.method == method]

    def strange(number: int) -> tuple[bool, bool, bool]:
        cell = cells[number]
        return bool(cell.overrides), cell.fidelity != "fixed", cell.backbone != NETWORK

    return min(mine, key=strange, default=None)


def against_floor(found: Findings, compared: Compared | None) -> str:
    """Return how far the subject is above supervised training, with its interval and whether that is shown."""
    measured = None if compared is None else _measured(found, compared)
    if compared is None or measured is None:
        return ""
    labeled, (mine, theirs) = found.group.labeled, _both_named(found, *measured)
    head = f"With {labeled} labelled patient{'s' * (labeled != 1)} {mine} is"
    return f"{head} {_between(compared, *measured, theirs)}"


def against_recipe(found: Findings, compared: Compared | None) -> str:
    """Return what another recipe alone gives supervised training, and how far the subject is above that.

    Empty where no other recipe was run: then the sentence before is all that is known.
    """
    measured = None if compared is None else _measured(found, compared)
    if compared is None or measured is None:
        return ""
    subject, plain = measured
    lines = found.group.lines
    floor = floor_for(lines, lines[subject])
    others = [] if floor is None else [number for number in compared.order if number in floor.others]
    if not others:
        return ""
    best = others[0]  # by its mean: the rest are where the gain is told in steps
    of = f", the best of {len(others)}," if len(others) > 1 else ""
    return (
        f"By another recipe alone{of} ({recipe(lines[best])}) supervised training is "
        f"{_between(compared, best, plain, 'that').removesuffix('.')}; "
        f"{lines[subject].named} is {_between(compared, subject, best, 'it')}"
    )


def _measured(found: Findings, compared: Compared) -> tuple[int, int] | None:
    """Return the subject, or the method with the highest mean where it was not run, and its floor; None without one."""
    pairs = measured_by(found.group.lines, compared.order)
    subject = _number_of(found, SUBJECT, compared)
    if subject is None:
        subject = next(iter(pairs), None)
    return None if subject is None or subject not in pairs else (subject, pairs[subject])


def _between(compared: Compared, one: int, other: int, name: str) -> str:
    """Return how far a line is from another, which is called by a name, as the table of pairs has it."""
    pair = next(pair for pair in compared.pairs if {pair.first, pair.second} == {one, other})
    return _gap(pair, one == pair.first, name, compared.seeded.tested)


def _both_named(found: Findings, first: int, second: int) -> tuple[str, str]:
    """Return the names of two lines, what sets both apart from others said once."""
    one, other = found.group.lines[first], found.group.lines[second]
    if not one.distinction or one.distinction != other.distinction:
        return _named(found, first), _named(found, second)
    words = f" (both {one.distinction})"
    return one.named + _partly(found, first), other.named + words + _partly(found, second)


def _named(found: Findings, number: int) -> str:
    """Return a line's name, and of how many runs and structures its mean Dice is where others' are of more."""
    return found.group.lines[number].label + _partly(found, number)


def _partly(found: Findings, number: int) -> str:
    part = found.spreads[number, found.rule, "avg", METRIC].partly
    return f" ({part})" if part else ""


def _gap(pair: Pair, is_above: bool, floor: str, tested: int) -> str:
    """Return the distance of a pair in words; its first line is the higher one.

    Where its own interval leaves out 0 and yet nothing is shown, it is said by which test: over patients alone, or as
    one of the pairs that were tested.
    """
    gap = _points(pair, pair.found.difference)
    words = f"level with {floor}" if gap == fixed(0) else f"{gap} Dice {'above' if is_above else 'below'} {floor}"
    if pair.found.gap is None:
        return f"{words} on these test patients: runs of one seed tell networks apart, and no methods."
    low, high = _points(pair, pair.found.gap.low), _points(pair, pair.found.gap.high)
    if pair.apart:
        return f"{words} (95 % {low} to {high}): shown."
    return f"{words} (95 % {low} to {high}): not shown{_though(pair, pair.found.gap, tested)}."


def _though(pair: Pair, gap: Estimate, tested: int) -> str:
    """Return why a gap whose interval leaves out 0 is not shown; empty where it holds 0."""
    if gap.low <= 0 <= gap.high:
        return ""
    if pair.found.difference * pair.found.effect < 0:
        return ", since differences a patient point the other way"
    if pair.found.p > ALPHA:
        return f", p {p_equals(pair.found.p)} over patients"
    return f", p {p_equals(pair.p_holm)} as one of {tested} pairs (Holm)"


def _points(pair: Pair, value: float) -> str:
    """Return a part of a pair's distance in points: to a tenth, and of two told apart to the digits that show it."""
    return fixed(100 * value, digits_of(100 * value) if pair.apart else 1)


def apart_though_alike(found: Findings, compared: Compared | None) -> str:
    """Return by how much lines differ that are told apart and have the same mean as printed; empty where none are."""
    alike = [] if compared is None else [pair for pair in compared.pairs if pair.apart and _is_alike(found, pair)]
    said = [f"{_named(found, pair.first)} is {_above(found, pair)}" for pair in alike]
    return f"The same mean as printed, but told apart: {'; '.join(said)}." if said else ""


def _above(found: Findings, pair: Pair) -> str:
    """Return how far the first of a pair is above the second, which is told from it."""
    return f"{_points(pair, pair.found.difference)} Dice above {_named(found, pair.second)}"


def _is_alike(found: Findings, pair: Pair) -> bool:
    """Return whether a pair has one mean as printed."""
    first, second = (_mean(found, number) for number in (pair.first, pair.second))
    return first == second


def highest(found: Findings, compared: Compared | None) -> str:
    """Return which line has the highest mean, if it is told from all others; else that none is shown to be highest.

    Lines that are compared with none, such as twins, are named where they have a higher mean.
    """
    if compared is None or len(compared.order) < 3:
        return ""
    above = _above_all(found, compared)
    said = _highest(found, compared, " of those compared" if above else "")
    return f"{said} Higher, and compared with none: {'; '.join(above)}." if above else said


def _highest(found: Findings, compared: Compared, among: str) -> str:
    """Return the same of the lines that are compared. among: that these are not all."""
    first, *others = compared.order
    label, seeds = found.group.lines[first].label, len(found.group.lines[first].records)
    mean = shown(found.spreads[first, found.rule, "avg", METRIC], METRIC)
    mine = [pair for pair in compared.pairs if pair.first == first]
    tied = [_named(found, pair.second) for pair in mine if not pair.apart and _is_alike(found, pair)]
    if tied:
        same = f"{_and([_named(found, first), *tied])} have the same mean, {_mean(found, first)}."
        return f"None{among} is the highest: {same}"
    if seeds == 1:
        return f"None{among} is shown to be the highest: {label}, {mean}, is of one seed, which tells no methods apart."
    level = sum(1 for pair in mine if not pair.apart)
    head = f"{label}, {mean} over {seeds} seeds,"
    if level:
        told = f"{head} can't be told from {level} of the {len(others)} others."
        return f"None{among} is shown to be the highest: {told}"
    near = "".join(f", {_above(found, pair)}" for pair in mine if _is_alike(found, pair))
    return f"The highest{among} is {head} told from all {len(others)} others{near}."


def _above_all(found: Findings, compared: Compared) -> list[str]:
    """Return the lines that are compared with none, but for ceilings, and have a higher mean than all that are."""
    means = [found.spreads[number, found.rule, "avg", METRIC].mean or 0.0 for number in range(len(found.group.lines))]
    most = means[compared.order[0]]
    return [
        line.label
        for number, (line, mean) in enumerate(zip(found.group.lines, means, strict=True))
        if number not in compared.order and not found.group.is_beside(line) and mean > most
    ]


def _mean(found: Findings, number: int) -> str:
    """Return a line's mean as printed, without its deviation: what is equal there is a tie to a reader."""
    return shown(found.spreads[number, found.rule, "avg", METRIC], METRIC).split(" ")[0]


def _and(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


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
        f"Printed: {mine.method} {mine.printed:.1f}, {floor.method} {floor.printed:.1f}, {signed(gap)} Dice "
        f"({mine.source}); here {mine.here:.1f} and {floor.here:.1f}: {' and '.join(outcomes)}."
    )
