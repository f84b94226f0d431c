"""Which plan a time holds: a ladder of plans, each dearer than the one below it, and the price of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from benchmark.cells.preset import PRESETS
from benchmark.launchers.forecast import Pace

START_SECONDS = 20.0  # until the first cell trains: processes, imports, data
RESERVE = 1.25  # a probe is of a few updates, beside whatever else a machine does
MOST_FOLDS = 5
ALONE = ("supervised", "supervised_strong")
"""What learns from labels alone, run beside the methods: supervised training, and its stronger recipe."""


@dataclass(frozen=True)
class Step:
    """A plan: a preset, its updates where they are not the preset's own, folds and seeds.

    narrow: of one setting of labels, and of the first method alone where none was named.
    """

    preset: str
    updates: int | None
    folds: int
    seeds: int
    narrow: bool = False

    @property
    def all_updates(self) -> int:
        """The updates of a run."""
        return PRESETS[self.preset].updates if self.updates is None else self.updates


LADDER = (
    Step("quick", 500, 3, 1, narrow=True),
    Step("quick", None, 3, 1, narrow=True),
    Step("quick", 500, 3, 1),
    Step("quick", None, 3, 1),
    Step("quick", None, 5, 1),
    Step("quick", None, 5, 2),
    Step("quick", None, 5, 3),
    Step("short", 3_000, 5, 3),
    Step("short", None, 5, 3),
)
"""An answer for one method on all labels before none for any; then updates, then folds, which are what intervals are
over, and seeds last. No fewer updates than 500, after which 19 of 48 runs on hippocampi had not learnt to tell two
structures apart; after 150 none had (docs/LOG.md). Preset ``demo`` is no step: it moves no slice, which suits phantoms
alone."""


@dataclass(frozen=True)
class Work:
    """What each step multiplies.

    folds: how many become of so many, by the patients there are. settings: of labels, the most telling first. slots:
    cells at once. methods: the semi-supervised ones, each of which has a twin that costs the same. named: whether they
    were asked for, so that none is left out.
    """

    folds: Callable[[int], int]
    settings: Sequence[str]
    slots: int
    methods: Sequence[str]
    named: bool = True

    def settings_of(self, step: Step) -> Sequence[str]:
        """Return the settings of a step."""
        return self.settings[:1] if step.narrow else self.settings

    def methods_of(self, step: Step) -> Sequence[str]:
        """Return the semi-supervised methods of a step."""
        return self.methods[:1] if step.narrow and not self.named else self.methods

    def leaves_out(self, step: Step) -> bool:
        """Return whether a step leaves out a setting or a method."""
        return (self.settings_of(step), self.methods_of(step)) != (self.settings, self.methods)

    def steps(self, preset: str | None) -> Sequence[Step]:
        """Return the ladder, of one preset alone where it was said; no narrow step where that leaves out nothing."""
        return [step for step in ladder(preset) if not step.narrow or self.leaves_out(step)]

    def runs(self, step: Step) -> int:
        """Return how many cells a step has."""
        ways = len(ALONE) + 2 * len(self.methods_of(step))
        return self.folds(step.folds) * len(self.settings_of(step)) * step.seeds * ways

    def seconds(self, step: Step, paces: Mapping[str, Pace]) -> float:
        """Return what a step takes; paces: of each method, with a rest that is of one of MOST_FOLDS folds."""
        folds, widest = self.folds(step.folds), self.folds(MOST_FOLDS)
        once = [paces[name] for name in (*ALONE, *self.methods_of(step), *self.methods_of(step))]  # each with its twin
        each = [pace.update * step.all_updates + pace.rest * widest / folds for pace in once]
        return START_SECONDS + sum(each) * folds * len(self.settings_of(step)) * step.seeds / self.slots


@dataclass(frozen=True)
class Priced:
    """A step, what it takes, and the paces by which that was found."""

    step: Step
    seconds: float
    paces: Mapping[str, Pace]


def ladder(preset: str | None) -> Sequence[Step]:
    """Return the steps, of one preset alone where it was said."""
    if preset is None:
        return LADDER
    whole = [Step(preset, None, folds, seeds) for folds, seeds in ((3, 1), (5, 1), (5, 2), (5, 3))]
    return [replace(whole[0], narrow=True), *whole]


def largest(
    steps: Sequence[Step], work: Work, probe: Callable[[str], Mapping[str, Pace]], left: Callable[[], float]
) -> tuple[Priced, bool]:
    """Return the dearest step whose price with RESERVE is within the seconds left, and whether there is one.

    Of none the least step is returned. left: asked anew for each step, as probes take time. A preset is probed when it
    is come to, and not where it would be too dear at the pace of the smaller one.
    """
    best: Priced | None = None
    known: dict[str, Mapping[str, Pace]] = {}
    for step in steps:
        if best is not None and step.preset not in known and RESERVE * work.seconds(step, best.paces) > left():
            break
        if step.preset not in known:
            known[step.preset] = probe(step.preset)
        found = Priced(step, work.seconds(step, known[step.preset]), known[step.preset])
        if RESERVE * found.seconds > left():
            return (found, False) if best is None else (best, True)
        best = found
    assert best is not None
    return best, True
