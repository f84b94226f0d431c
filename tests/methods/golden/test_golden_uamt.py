"""UA-MT: three updates are the released code's, with eight passes of its teacher in four calls."""

import numpy as np
import torch
from torch import Tensor

from methods.base import Budget
from methods.uamt import UncertaintyAwareMeanTeacher
from tests.methods.golden.conftest import Compare
from tests.methods.golden.released import (
    START,
    TOTAL,
    Given,
    Watched,
    batch,
    drawn,
    fill,
    match,
    official,
    sorted_weights,
    start,
    step,
    update_of,
)

TERMS = {
    "total": "total",
    "supervised": "supervised",
    "consistency": "consistency",
    "certain": "certain_share",
    "uncertainty": "mean_uncertainty",
}


class Noise:
    """What the released code drew for each call of the teacher, in the order of the calls."""

    def __init__(self, number: int) -> None:
        self.left = torch.from_numpy(drawn(3000 + number).standard_normal((9, 4, 1, 64, 64)))

    def __call__(self, images: Tensor) -> Tensor:
        """Return the next noise of the images' shape."""
        passes = len(images) // self.left.shape[1]
        given, self.left = self.left[:passes].flatten(0, 1), self.left[passes:]
        return given


def test_three_updates_of_uamt_are_the_released_ones(compare: Compare) -> None:
    method = official("uamt")
    assert isinstance(method, UncertaintyAwareMeanTeacher)
    for number, network in enumerate((method.student, method.teacher)):
        fill(sorted_weights(network, "unet"), number, sharp=8)
    start(method, method.stages(Budget(TOTAL, True, 4, 4))[0])
    watched = {"student": Watched(method.student), "teacher": Watched(method.teacher)}
    for number in range(3):
        there, noise = update_of("step_uamt", f"u{number}"), Noise(number)
        clock = Given(START + number, noise=noise)
        terms = step(method, batch(4, 4, number, {"weak": None}), clock, fresh=number == 0)
        assert len(noise.left) == 0
        compare("uamt", "rate", method.optimizer.param_groups[0]["lr"], there["lr"])
        for mine, name in TERMS.items():
            compare("uamt", "loss", terms[mine], there[f"loss/{name}"])
        values = method.weight(clock), method.threshold(clock)
        compare("uamt", "weight", np.array(values), np.array([there["loss/weight"], there["loss/threshold"]]))
        match(compare, "uamt", watched, there)
