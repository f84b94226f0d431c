"""UA-MT: three updates are the released code's, with eight passes of its teacher in four calls."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from methods.uamt import UncertaintyAwareMeanTeacher
from tests.methods.golden.conftest import Compare
from tests.methods.golden.released import Array, Watched, drawn, fill, official, sorted_weights
from tests.methods.golden.replay import Replay, begun

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
    begun(method)
    watched = {"student": Watched(method.student), "teacher": Watched(method.teacher)}
    given: list[Noise] = []

    def draws(number: int, there: Mapping[str, Array]) -> dict[str, Noise]:
        given.append(Noise(number))
        return {"noise": given[-1]}

    for _, there, clock in Replay("uamt", "step_uamt", method, watched, TERMS, draws=draws).updates(compare):
        assert len(given[-1].left) == 0
        values = method.weight(clock), method.threshold(clock)
        compare("uamt", "weight", np.array(values), np.array([there["loss/weight"], there["loss/threshold"]]))
