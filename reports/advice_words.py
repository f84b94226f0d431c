"""What an advice says, in a sentence a setting of labels."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from reports.advice import Advice, Setting
from reports.formatting import ends, signed
from results.statistics.gains import Gain


def sentences(advice: Advice) -> list[str]:
    """Return what is said of each setting, one sentence each."""
    return [sentence(one) for one in advice.settings]


def sentence(setting: Setting) -> str:
    """Return what is said of a setting: the word, the gain with its interval, and what else decides."""
    best, counts = setting.best, " to ".join(str(count) for count in sorted({*_ends(setting.labeled)}))
    unit = setting.unit if counts == "1" else f"{setting.unit}s"
    head = f"with {setting.name} of the labels ({counts} {unit}): {setting.word}"
    if setting.brief:
        return f"{head}: {setting.brief}"
    rule = f"{best.title}, the best of {len(setting.methods)}," if len(setting.methods) > 1 else best.title
    said = f"{head} ({shown(best.over_twin)}): {rule} over its twin, which has no unlabelled terms"
    beside = (
        f"over supervised training {shown(best.over_supervised)}, over its stronger recipe {shown(best.over_strong)}"
    )
    return f"{said}; {beside}{_because(setting)}{_little(setting)}"


def shown(found: Gain) -> str:
    """Return a gain in points of Dice with its interval."""
    if not math.isfinite(found.low):
        return f"{signed(100 * found.value)} Dice, no interval"
    return f"{signed(100 * found.value)} Dice, 95 % {ends(100 * found.low, 100 * found.high)}"


def _ends(counts: Sequence[int]) -> tuple[int, int]:
    return min(counts), max(counts)


def _because(setting: Setting) -> str:
    best = setting.best
    if best.is_recipe or setting.is_strong_recipe:
        return f"; the recipe, not the method: {' and '.join(_recipes(setting))} over supervised training"
    if setting.word == "harmful" and best.over_twin.high >= 0:
        return f"; {_costing(setting)}: its twin {shown(best.twin_over_supervised)}"
    if setting.word == "not shown":
        least, folds = best.detectable, best.over_twin.folds
        if not math.isfinite(least):
            return f"; {setting.unit}s of fewer than two folds count, which show no gain, however high"
        if least >= 1:
            return f"; {folds} folds that differ so much show no gain, however high"
        return f"; {setting.patients} {setting.unit}s show a gain only from about {100 * least:.1f} on"
    return ""


def _costing(setting: Setting) -> str:
    """Return what a method's loss that is not shown over its twin comes from, as far as that is shown."""
    if setting.best.is_recipes_cost:
        return "its recipe costs that, not the unlabelled images"
    return "whether its recipe or its unlabelled images cost that is not shown"


def _little(setting: Setting) -> str:
    """Return that the schedule may be too short for what is said, where it may."""
    more = "more --hours may say something else"
    if setting.has_learnt_little:
        known = f"{100 * setting.supervised:.1f} Dice, its stronger recipe at {100 * setting.strong:.1f}"
        return f"; but supervised training is at {known}: where it can do better, {more}"
    found = setting.unsettled
    if found is None:
        return ""
    ends = f"{found.title}: {100 * found.low:.1f} and {100 * found.high:.1f} Dice of the median {setting.unit}"
    return f"; but {found.count} of {found.all} configurations learn in some folds and not in others ({ends}): {more}"


def _recipes(setting: Setting) -> Iterator[str]:
    """Yield what gains without unlabelled images, where the method is not above it."""
    if setting.best.is_recipe:
        yield f"its twin gains {shown(setting.best.twin_over_supervised)}"
    if setting.is_strong_recipe:
        yield f"the stronger recipe alone gains {shown(setting.strong_over_supervised)}"
