"""Entropy minimisation: three updates are the released code's."""

from methods.em import EntropyMinimisation
from tests.methods.golden.conftest import Compare
from tests.methods.golden.released import Watched, fill, official, sorted_weights
from tests.methods.golden.replay import Replay, begun

TERMS = {"total": "total", "supervised": "supervised", "entropy": "consistency"}


def test_three_updates_of_entropy_minimisation_are_the_released_ones(compare: Compare) -> None:
    method = official("em")
    assert isinstance(method, EntropyMinimisation)
    fill(sorted_weights(method.network, "unet"), 0, sharp=4)
    begun(method)
    Replay("em", "step_em", method, {"student": Watched(method.network)}, TERMS).compared(compare)
