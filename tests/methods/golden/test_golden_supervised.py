"""Supervised training: three updates are the released code's."""

from methods.base import Budget
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


def test_three_updates_of_supervised_training_are_the_released_ones(compare: Compare) -> None:
    method = official("supervised")
    fill(sorted_weights(method.network, "unet"), 0)
    stage = method.stages(Budget(TOTAL, True, 4, 4))[0]
    assert (stage.draw.labeled, stage.draw.unlabeled) == (8, 0)
    start(method, stage)
    watched = {"student": Watched(method.network)}
    for number in range(3):
        there = update_of("step_supervised", f"u{number}")
        terms = step(method, batch(8, 0, number, {"weak": None}), Given(START + number), fresh=number == 0)
        compare("supervised", "rate", method.optimizer.param_groups[0]["lr"], there["lr"])
        compare("supervised", "loss", terms["supervised"], there["loss/total"])
        match(compare, "supervised", watched, there)
