"""Interpolation consistency: three updates are the released code's."""

from collections.abc import Mapping

import torch
from torch import Tensor

from methods.ict import InterpolationConsistency
from tests.methods.golden.conftest import Compare
from tests.methods.golden.released import Array, Watched, fill, official, sorted_weights
from tests.methods.golden.replay import Replay, begun

TERMS = {name: name for name in ("total", "supervised", "consistency")}


def draws(number: int, there: Mapping[str, Array]) -> dict[str, Tensor]:
    return {"mix": torch.from_numpy(there["draw/mix"]).view(-1, 1, 1, 1)}


def test_three_updates_of_ict_are_the_released_ones(compare: Compare) -> None:
    method = official("ict")
    assert isinstance(method, InterpolationConsistency)
    for number, network in enumerate((method.student, method.teacher)):
        fill(sorted_weights(network, "unet"), number, sharp=4)
    begun(method)
    watched = {"student": Watched(method.student), "teacher": Watched(method.teacher)}
    Replay("ict", "step_ict", method, watched, TERMS, draws=draws).compared(compare)
