"""The plan of an advice in words, before anything is trained."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from benchmark.advising.ladder import ALONE, RESERVE, Priced, Step, Work
from benchmark.advising.protocol import Grid
from benchmark.advising.subject import Subject
from benchmark.cells.preset import PRESETS
from benchmark.outside.named import names_of
from data.presets import size_for
from data.sources.fold import FEWEST

SHARES: Mapping[str, str] = {"all": "all of the labels", "half": "half of the labels"}


def plan_of(subject: Subject, grid: Grid, work: Work, price: Priced, hours: float) -> dict[str, str]:
    """Return what is run, on whom, and what it takes, a line a thing."""
    step, split = grid.step, subject.source.split
    folds, named = work.folds(step.folds), list(zip(price.paces, names_of(price.paces), strict=True))
    names = names_of(grid.methods)
    counts = (folds, "fold"), (len(grid.settings), "label setting"), (step.seeds, "seed")
    runs = " x ".join([*(_many(*one) for one in counts), f"{len(ALONE) + 2 * len(grid.methods)} ways"])
    fold = subject.fold
    size = size_for(PRESETS[step.preset].size, fold.reading(fold.split.masked[:1]))
    unlabeled = f"{len(split.unmasked)} without a mask train unlabelled" if split.unmasked else "none is without a mask"
    aside = f"; {len(subject.aside)} test {split.unit}s stay sealed" if subject.aside else ""
    return {
        "patients": f"{len(subject.patients)} labelled {split.unit}s, each held out once; {unlabeled}{aside}",
        "folds": _folds(subject, folds),
        "labels": "; ".join(_labels(subject, grid.settings, folds)),
        "methods": f"{' and its stronger recipe '.join(ALONE)}; {', '.join(names)}, each with its twin",
        "schedule": f"preset {step.preset}: {step.all_updates:,} updates at {size} x {size}, validated once at the end",
        "runs": f"{work.runs(step)} = {runs}",
        "price": f"{_time(price.seconds)} with {work.slots} at once, by a probe; a quarter more is within {hours:g} h",
        "an update": ", ".join(f"{name} {1000 * price.paces[word].update:.0f} ms" for word, name in named),
        "the rest": f"{price.paces['supervised'].rest:.1f} s a run: data, scores and what is kept",
    }


def too_little(subject: Subject, work: Work, price: Priced, hours: float, spent: float) -> str:
    """Return that a time holds not even the least plan, and what would, as a sentence."""
    step = price.step
    return (
        f"--hours {hours:g} is too little: the least plan for {subject.source.dataset}, {work.runs(step)} runs of "
        f"{step.all_updates:,} updates in {work.folds(step.folds)} folds, takes {_time(price.seconds)} here with "
        f"{work.slots} at once, and a quarter is kept in reserve; give it --hours {hours_for(price.seconds, spent)}"
        f"{', or fewer --methods' * (len(work.methods_of(step)) > 1)}"
    )


def left_out(work: Work, price: Priced, whole: Step, hours: float, spent: float) -> Iterator[str]:
    """Yield what a narrow plan leaves out, and what the whole one would take, as a sentence."""
    if not price.step.narrow:
        return
    methods = names_of(work.methods[len(work.methods_of(price.step)) :])
    settings = [SHARES[name] for name in work.settings[len(work.settings_of(price.step)) :]]
    needed = hours_for(work.seconds(whole, price.paces), spent)
    parts = [", ".join(methods), *settings]
    yield f"--hours {hours:g} leaves out {' and '.join(filter(None, parts))}, which --hours {needed} would hold"


def hours_for(seconds: float, spent: float) -> str:
    """Return the hours to ask for, rounded up, where a plan takes so many seconds and a probe took others."""
    needed = (RESERVE * seconds + spent) / 3600
    digits = 10.0 ** (1 - math.floor(math.log10(needed)))
    return f"{max(0.01, math.ceil(needed * min(digits, 100)) / min(digits, 100)):g}"


def warnings(subject: Subject, work: Work, step: Step) -> Iterator[str]:
    """Yield what few patients or no unlabelled images mean for what can be shown."""
    count, unit, settings = len(subject.patients), subject.source.split.unit, work.settings
    if count < FEWEST:
        yield (
            f"only {count} labelled {unit}s: each is left out once and none validates; a gain is shown only if it is "
            f"{_needed(count, len(work.methods_of(step))):.1f} times its spread among these {unit}s"
        )
    if "all" not in settings:
        yield (
            f"no image is without a mask: half of each fold's labelled {unit}s train as if nobody had labelled them, "
            "and what is said is of that half alone"
        )
    if "half" not in settings:
        yield f"a fold trains on one labelled {unit}, which can't be halved: all labels are the only setting"


def _needed(count: int, methods: int) -> float:
    """Return how many standard deviations a mean of so few must be for the interval of one of methods to exclude 0."""
    from scipy.special import stdtrit

    quantile = float(stdtrit(count - 1, 1 - 0.025 / methods))
    return quantile / float(count**0.5)


def _folds(subject: Subject, folds: int) -> str:
    sizes = sorted({len(subject.patients[number::folds]) for number in range(folds)})
    held = " or ".join(str(size) for size in sizes)
    validated = "a share of the others validates" if subject.share else "none validates, the last weights are scored"
    return f"{folds}, of {held} held-out {subject.source.split.unit}s; {validated}, and never those held out"


def _labels(subject: Subject, settings: Sequence[str], folds: int) -> Iterator[str]:
    trained = subject.trained(folds)
    counts: Mapping[str, list[int]] = {"all": trained, "half": [count // 2 for count in trained]}
    for name in settings:
        low, high = min(counts[name]), max(counts[name])
        words = f"{low}" if low == high else f"{low} to {high}"
        rest = "" if name == "all" else ", the others unlabelled"
        yield f"{name} of a fold's {subject.source.split.unit}s ({words}){rest}"


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"


def _time(seconds: float) -> str:
    return f"{seconds / 3600:.1f} hours" if seconds >= 5400 else f"{seconds / 60:.1f} minutes"
