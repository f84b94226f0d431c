"""Weights that grow: the curve at known places, and its steps."""

import math

import pytest

from methods.parts.ramp import sigmoid_ramp, staircase
from tests.methods.toy_runs import clock


@pytest.mark.parametrize(
    ("progress", "length", "expected"),
    [(0.0, 1.0, math.exp(-5)), (0.25, 0.5, math.exp(-1.25)), (0.7, 0.5, 1.0), (0.0, 0.0, 1.0)],
)
def test_the_curve_starts_low_and_ends_at_1(progress: float, length: float, expected: float) -> None:
    assert sigmoid_ramp(progress, length) == pytest.approx(expected)


@pytest.mark.parametrize(("update", "expected"), [(0, 0.0), (149, 0.0), (150, 1 / 200), (29_999, 199 / 200)])
def test_200_steps_of_30_000_updates_are_150_long(update: int, expected: float) -> None:
    assert staircase(clock(update, 30_000), 200) == pytest.approx(expected)


def test_without_steps_it_is_the_progress() -> None:
    assert staircase(clock(7, 100), 0) == pytest.approx(0.07)
