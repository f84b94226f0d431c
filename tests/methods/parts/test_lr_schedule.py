"""Learning rate schedules: their factors at known updates."""

import pytest

from methods.parts.lr_schedule import constant, polynomial_decay
from methods.parts.one_stage import RampedConfig
from tests.methods.toy_runs import clock, made


@pytest.mark.parametrize(
    ("update", "power", "factor"), [(0, 0.9, 1.0), (50, 2.0, 0.25), (75, 0.5, 0.5), (99, 0.0, 1.0)]
)
def test_decay_is_a_power_of_what_is_left(update: int, power: float, factor: float) -> None:
    assert polynomial_decay(clock(update, 100), power) == pytest.approx(factor)


def test_decay_falls_at_every_update_and_stays_above_0() -> None:
    factors = [polynomial_decay(clock(update, 20), 0.9) for update in range(20)]
    assert factors == sorted(set(factors), reverse=True)
    assert factors[-1] > 0


@pytest.mark.parametrize(("fidelity", "last"), [("official", 0.99), ("fixed", 0.98)])
def test_the_code_is_an_update_behind(fidelity: str, last: float) -> None:
    method, stage = made("em", fidelity)
    schedule = method.begin(stage)["network"].schedule
    assert [schedule(clock(update, 100)) for update in (0, 2)] == pytest.approx([1.0, last**0.9])


def test_constant_stays() -> None:
    assert [constant(clock(update, 3)) for update in range(3)] == [1.0, 1.0, 1.0]


def test_the_config_sets_the_power() -> None:
    method, stage = made("dct", lr_power=2.0)
    assert isinstance(method.config, RampedConfig)
    assert method.begin(stage)["network"].schedule(clock(50, 100)) == pytest.approx(0.25)
