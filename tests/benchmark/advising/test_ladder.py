"""The dearest plan that a time holds is taken, and a preset is probed only where it may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from benchmark.advising.ladder import ALONE, LADDER, START_SECONDS, Step, Work, ladder, largest
from benchmark.launchers.forecast import Pace

METHODS = ("a", "b", "c")
SETTINGS = ("all", "half")
WHOLE = [step for step in LADDER if not step.narrow]
QUICK = dict.fromkeys((*ALONE, *METHODS), Pace(0.1, 5.0))


def work(patients: int = 20, settings: Sequence[str] = SETTINGS, slots: int = 2, named: bool = False) -> Work:
    return Work(lambda wanted: patients if patients < 5 else min(wanted, patients), settings, slots, METHODS, named)


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
    assert [work(3).runs(step) for step in WHOLE[:2]] == [48, 48]
    assert work(3).seconds(WHOLE[0], QUICK) == pytest.approx(START_SECONDS + 48 * (500 * 0.1 + 5) / 2)


@pytest.mark.parametrize(
    ("seconds", "expected", "probed"),
    [
        (500, LADDER[0], ["quick"]),
        (900, LADDER[1], ["quick"]),
        (1800, WHOLE[0], ["quick"]),
        (3400, WHOLE[1], ["quick"]),
        (5300, WHOLE[2], ["quick"]),
        (20_000, WHOLE[4], ["quick"]),
        (1_000_000, WHOLE[5], ["quick", "short"]),
        (1e9, WHOLE[6], ["quick", "short"]),
    ],
)
def test_the_dearest_plan_within_the_time_is_taken(seconds: float, expected: Step, probed: list[str]) -> None:
    probe = Probed()
    found, fits = largest(LADDER, work(), probe, lambda: seconds)
    assert (found.step, fits, probe.presets) == (expected, True, probed)
    assert 1.25 * found.seconds <= seconds


def test_a_time_that_holds_no_plan_gives_the_least_one_with_its_price() -> None:
    found, fits = largest(LADDER, work(), Probed(), lambda: 400.0)
    assert (found.step, fits) == (LADDER[0], False)
    assert found.seconds == pytest.approx(START_SECONDS + 12 * (50 + 25 / 3) / 2)  # 3 folds, 4 ways, all labels alone


def test_a_narrow_plan_is_of_one_setting_and_of_the_first_method_where_none_was_named() -> None:
    narrow = LADDER[0]
    assert narrow.narrow and LADDER[1].narrow and not any(step.narrow for step in LADDER[2:])
    assert (work().methods_of(narrow), work().settings_of(narrow)) == (("a",), ("all",))
    assert (work(named=True).methods_of(narrow), work(named=True).settings_of(narrow)) == (METHODS, ("all",))
    assert work(named=True).runs(narrow) == 24
    assert (work().methods_of(WHOLE[0]), work().settings_of(WHOLE[0])) == (METHODS, SETTINGS)


def test_a_plan_that_leaves_out_nothing_is_no_narrow_one() -> None:
    assert work().steps(None) == list(LADDER)
    assert work(settings=("half",)).steps(None) == list(LADDER)
    assert work(settings=("half",), named=True).steps(None) == WHOLE
    assert [step.narrow for step in work(named=True).steps("smoke")] == [True, False, False, False, False]


def test_each_step_of_the_ladder_is_dearer_than_the_one_below() -> None:
    for named in (False, True):
        prices = [work(named=named).seconds(step, QUICK) for step in LADDER[:7]]
        assert prices == sorted(prices)


def test_what_a_probe_takes_is_not_left() -> None:
    left = iter([5000.0, 5000.0, 1100.0, 1100.0])
    found, _ = largest(WHOLE, work(), Probed(), lambda: next(left))
    assert found.step == WHOLE[1]


def test_a_preset_that_was_said_is_the_only_one() -> None:
    assert [(step.preset, step.updates, step.folds, step.seeds) for step in ladder("smoke")] == [
        ("smoke", None, 3, 1),
        ("smoke", None, 3, 1),
        ("smoke", None, 5, 1),
        ("smoke", None, 5, 2),
        ("smoke", None, 5, 3),
    ]
