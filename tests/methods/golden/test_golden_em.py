"""Entropy minimisation: three updates are the released code's."""

from methods.base import Budget
from methods.em import EntropyMinimisation
from tests.methods.golden.conftest import Compare
from tests.methods.golden.released import (
    START,
    TOTAL,
    Given,
    Watched,
    batch,
    fill,
    match,
    official,
    sorted_weights,
    start,
    step,
    update_of,
)

TERMS = {"total": "total", "supervised": "supervised", "entropy": "consistency"}


def test_three_updates_of_entropy_minimisation_are_the_released_ones(compare: Compare) -> None:
    method = official("em")
    assert isinstance(method, EntropyMinimisation)
    fill(sorted_weights(method.network, "unet"), 0, sharp=4)
    start(method, method.stages(Budget(TOTAL, True, 4, 4))[0])
    watched = {"student": Watched(method.network)}
    for number in range(3):
        there, clock = update_of("step_em", f"u{number}"), Given(START + number)
        terms = step(method, batch(4, 4, number, {"weak": None}), clock, fresh=number == 0)
        compare("em", "rate", method.optimizer.param_groups[0]["lr"], there["lr"])
        compare("em", "weight", method.weight(clock), there["loss/weight"])
        for mine, name in TERMS.items():
            compare("em", "loss", terms[mine], there[f"loss/{name}"])
        match(compare, "em", watched, there)
