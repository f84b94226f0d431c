"""Co-training with quarter turns: three updates are the released code's."""

from collections.abc import Mapping

import torch
from torch import Tensor

from methods.dct import DeepCoTraining
from tests.methods.golden.conftest import Compare
from tests.methods.golden.released import Array, Watched, fill, official, sorted_weights
from tests.methods.golden.replay import Replay, begun

TERMS = {name: name for name in ("total", "supervised", "consistency")}


def draws(number: int, there: Mapping[str, Array]) -> dict[str, Tensor]:
    return {"turns": torch.from_numpy(there["draw/quarter_turns"]).view(1)}


def test_three_updates_of_dct_are_the_released_ones(compare: Compare) -> None:
    method = official("dct")
    assert isinstance(method, DeepCoTraining)
    fill(sorted_weights(method.network, "unet"), 0, sharp=4)
    begun(method)
    Replay("dct", "step_dct", method, {"student": Watched(method.network)}, TERMS, draws=draws).compared(compare)
