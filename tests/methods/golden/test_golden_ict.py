"""Interpolation consistency: three updates are the released code's."""

import torch

from methods.base import Budget
from methods.ict import InterpolationConsistency
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


def test_three_updates_of_ict_are_the_released_ones(compare: Compare) -> None:
    method = official("ict")
    assert isinstance(method, InterpolationConsistency)
    for number, network in enumerate((method.student, method.teacher)):
        fill(sorted_weights(network, "unet"), number, sharp=4)
    start(method, method.stages(Budget(TOTAL, True, 4, 4))[0])
    watched = {"student": Watched(method.student), "teacher": Watched(method.teacher)}
    for number in range(3):
        there = update_of("step_ict", f"u{number}")
        clock = Given(START + number, mix=torch.from_numpy(there["draw/mix"]).view(-1, 1, 1, 1))
        terms = step(method, batch(4, 4, number, {"weak": None}), clock, fresh=number == 0)
        compare("ict", "rate", method.optimizer.param_groups[0]["lr"], there["lr"])
        compare("ict", "weight", method.weight(clock), there["loss/weight"])
        for name in ("total", "supervised", "consistency"):
            compare("ict", "loss", terms[name], there[f"loss/{name}"])
        match(compare, "ict", watched, there)
