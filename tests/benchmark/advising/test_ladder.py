"""The dearest plan that a time holds is taken, and a preset is probed only where it may be."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from benchmark.advising.ladder import ALONE, LADDER, START_SECONDS, Step, Work, ladder, largest
from benchmark.launchers.forecast import Pace

METHODS = ("a", "b", "c")
QUICK = dict.fromkeys((*ALONE, *METHODS), Pace(0.1, 5.0))


def work(patients: int = 20, settings: int = 2, slots: int = 2) -> Work:
    return Work(lambda wanted: patients if patients < 5 else min(wanted, patients), settings, slots, METHODS)


class Probed:
    """A probe of known paces that notes which presets it was asked for."""

    def __init__(self) -> None:
        self.presets: list[str] = []

    def __call__(self, preset: str) -> Mapping[str, Pace]:
        self.presets.append(preset)
        return {"quick": QUICK}.get(preset, dict.fromkeys(QUICK, Pace(2.0, 20.0)))


def test_a_plans_price_is_all_of_its_runs_by_the_slots() -> None:
    step = Step("quick", 160, 3, 1)
    each = 160 * 0.1 + 5.0 * 5 / 3  # a fold of three holds more patients than the one of five that was probed
    assert work().runs(step) == 48  # 3 folds, 2 settings, 8 ways: two recipes, three methods and their twins
    assert work().seconds(step, QUICK) == pytest.approx(START_SECONDS + 48 * each / 2)


def test_each_recipe_of_supervised_training_is_priced_by_its_own_pace() -> None:
    step, dear = Step("quick", 100, 3, 1), {**QUICK, "supervised_strong": Pace(0.3, 5.0)}
    assert work().seconds(step, dear) - work().seconds(step, QUICK) == pytest.approx(6 * 100 * 0.2 / 2)


def test_few_patients_are_a_fold_each_whatever_was_wanted() -> None:
    assert [work(3).runs(step) for step in (LADDER[0], LADDER[1])] == [48, 48]
    assert work(3).seconds(LADDER[0], QUICK) == pytest.approx(START_SECONDS + 48 * (500 * 0.1 + 5) / 2)


@pytest.mark.parametrize(
    ("seconds", "expected", "probed"),
    [
        (1800, LADDER[0], ["quick"]),
        (3400, LADDER[1], ["quick"]),
        (5300, LADDER[2], ["quick"]),
        (20_000, LADDER[4], ["quick"]),
        (1_000_000, LADDER[5], ["quick", "short"]),
        (1e9, LADDER[6], ["quick", "short"]),
    ],
)
def test_the_dearest_plan_within_the_time_is_taken(seconds: float, expected: Step, probed: list[str]) -> None:
    probe = Probed()
    found, fits = largest(LADDER, work(), probe, lambda: seconds)
    assert (found.step, fits, probe.presets) == (expected, True, probed)
    assert 1.25 * found.seconds <= seconds


def test_a_time_that_holds_no_plan_gives_the_least_one_with_its_price() -> None:
    found, fits = largest(LADDER, work(), Probed(), lambda: 1700.0)
    assert (found.step, fits) == (LADDER[0], False)
    assert found.seconds == pytest.approx(START_SECONDS + 48 * (50 + 25 / 3) / 2)


def test_what_a_probe_takes_is_not_left() -> None:
    left = iter([5000.0, 5000.0, 1100.0, 1100.0])
    found, _ = largest(LADDER, work(), Probed(), lambda: next(left))
    assert found.step == LADDER[1]


def test_a_preset_that_was_said_is_the_only_one() -> None:
    assert [(step.preset, step.updates, step.folds, step.seeds) for step in ladder("smoke")] == [
        ("smoke", None, 3, 1),
        ("smoke", None, 5, 1),
        ("smoke", None, 5, 2),
        ("smoke", None, 5, 3),
    ]
