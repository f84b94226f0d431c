"""Co-training with quarter turns: three updates are the released code's."""

import torch

from methods.base import Budget
from methods.dct import DeepCoTraining
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


def test_three_updates_of_dct_are_the_released_ones(compare: Compare) -> None:
    method = official("dct")
    assert isinstance(method, DeepCoTraining)
    fill(sorted_weights(method.network, "unet"), 0, sharp=4)
    start(method, method.stages(Budget(TOTAL, True, 4, 4))[0])
    watched = {"student": Watched(method.network)}
    for number in range(3):
        there = update_of("step_dct", f"u{number}")
        clock = Given(START + number, turns=torch.from_numpy(there["draw/quarter_turns"]).view(1))
        terms = step(method, batch(4, 4, number, {"weak": None}), clock, fresh=number == 0)
        compare("dct", "rate", method.optimizer.param_groups[0]["lr"], there["lr"])
        compare("dct", "weight", method.weight(clock), there["loss/weight"])
        for name in ("total", "supervised", "consistency"):
            compare("dct", "loss", terms[name], there[f"loss/{name}"])
        match(compare, "dct", watched, there)
