"""What is said of two traces, and how they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmark.canaries.traces import AHEAD, FACTOR, FLOOR, Series, Trace, Traces, compare


def trace(*totals: float, rounding: tuple[float, ...] = (), stage: str = "train", term: str = "total") -> Trace:
    series = {f"{stage}: {term}": Series(values=totals, rounding=rounding)}
    return Trace(setup="s", stages=((stage, len(totals)),), series=series)


def both(one: Trace, other: Trace) -> Trace:
    return one.model_copy(update={"series": {**one.series, **other.series}})


def moved(values: Sequence[float], update: int, by: float) -> Trace:
    return trace(*(value - by * (number == update) for number, value in enumerate(values, 1)))


@pytest.mark.parametrize(
    ("update", "by", "said"),
    [
        (1, FLOOR / 2, "numerically different"),
        (1, FLOOR * 2, "different method"),
        (5 - AHEAD, FACTOR * 5e-4, "numerically different"),
        (4 - AHEAD, FACTOR * 5e-4, "different method"),
        (8, FACTOR * 5e-4, "numerically different"),
        (8, FACTOR * 2e-3, "different method"),
    ],
)
def test_rounding_explains_later_what_it_does_not_explain_at_first(update: int, by: float, said: str) -> None:
    before = trace(*[1.0] * 8, rounding=(0.0, 0.0, 0.0, 0.0, 1e-3, 0.0, 0.0, 0.0))
    assert compare(before, moved([1.0] * 8, update, by)).said == said


def test_rounding_of_one_stage_explains_nothing_in_another() -> None:
    first, second = trace(1.0, rounding=(0.1,), stage="i"), trace(1.0, rounding=(0.0,), stage="iii")
    verdict = compare(both(first, second), both(first, trace(1 - FLOOR * 2, stage="iii")))
    assert verdict.said == "different method"


def test_a_small_term_is_compared_by_itself() -> None:
    total, small = trace(10.0, rounding=(0.1,)), trace(0.001, rounding=(0.0,), term="contrast")
    verdict = compare(both(total, small), both(total, trace(0.0005, term="contrast")))
    assert str(verdict).startswith("different method: train: contrast 5.0e-01 off at update 1")


def test_what_stood_still_may_not_move_whatever_the_rounding() -> None:
    assert compare(trace(0.0, rounding=(1.0,)), trace(1e-9)).said == "different method"


def test_a_verdict_names_the_difference_that_rounding_explains_least() -> None:
    verdict = compare(trace(2.0, 2.0, rounding=(1e-3, 1e-3)), trace(2.0, 1.996))
    assert str(verdict).startswith("numerically different: at most train: total 2.0e-03 off at update 2,")


@pytest.mark.parametrize(("one", "other", "said"), [("a", "b", "a is no more"), ("total", "total", "same")])
def test_other_terms_are_another_method(one: str, other: str, said: str) -> None:
    assert said in str(compare(trace(1.0, term=one), trace(1.0, term=other)))


def test_other_stages_are_another_method_whatever_the_losses() -> None:
    verdict = compare(trace(1.0), trace(1.0, stage="global"))
    assert str(verdict) == "different method: its stages are global 1; they were train 1"


def test_numbers_are_kept_to_seven_digits(tmp_path: Path) -> None:
    one = trace(1 / 3, 1e-9 / 7)
    Traces(tmp_path).save("1.0", "cpu", {"supervised": one})
    assert one.series["train: total"].values == (0.3333333, 1.428571e-10)
    found = Traces(tmp_path).load("1.0", "cpu")
    assert found is not None
    assert found.traces["supervised"] == one
