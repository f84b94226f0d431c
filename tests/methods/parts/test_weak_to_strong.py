"""Pseudo-labels of weak views: what they count, and that only sure ones teach."""

import math

import pytest

from methods.parts.weak_to_strong import WeakToStrong
from tests.methods.toy_runs import clock, made, moved, weights_after

each = pytest.mark.parametrize("name", ["fixmatch", "unimatch"])


@each
def test_sure_labels_move_the_weights(name: str) -> None:
    assert moved(weights_after(name, confident=0.0), weights_after(name, unsupervised_weight=0.0))


@each
def test_nothing_sure_teaches_nothing(name: str) -> None:
    assert not moved(weights_after(name, confident=1.0), weights_after(name, unsupervised_weight=0.0))


@each
@pytest.mark.parametrize(("update", "share"), [(0, math.exp(-5)), (25, math.exp(-1.25)), (50, 1.0), (75, 1.0)])
def test_the_weight_grows_over_its_fraction_of_the_run(name: str, update: int, share: float) -> None:
    method, _ = made(name, unsupervised_weight=3.0, unsupervised_ramp=0.5)
    assert isinstance(method, WeakToStrong)
    assert method.weight(clock(update, 100)) == pytest.approx(3 * share)


@pytest.mark.parametrize(("update", "stair"), [(0, 0), (149, 0), (150, 1), (29_999, 199)])
def test_officially_fixmatchs_weight_grows_in_200_steps(update: int, stair: int) -> None:
    method, _ = made("fixmatch", "official")
    assert isinstance(method, WeakToStrong)
    assert method.weight(clock(update, 30_000)) == pytest.approx(0.1 * math.exp(-5 * (1 - stair / 200) ** 2))


@each
def test_the_student_learns_and_is_reported(name: str) -> None:
    method, stage = made(name)
    assert isinstance(method, WeakToStrong)
    assert method.predictors() == {"student": method.student}
    assert list(method.begin(stage)) == ["student"]
