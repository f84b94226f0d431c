"""Supervised training: three updates are the released code's."""

from data.batch import Batch
from tests.methods.golden.conftest import Compare
from tests.methods.golden.released import Watched, batch, fill, official, sorted_weights
from tests.methods.golden.replay import Replay, begun

TERMS = {"supervised": "total"}


def labeled(number: int) -> Batch:
    return batch(8, 0, number, {"weak": None})


def test_three_updates_of_supervised_training_are_the_released_ones(compare: Compare) -> None:
    method = official("supervised")
    fill(sorted_weights(method.network, "unet"), 0)
    stage = begun(method)
    assert (stage.draw.labeled, stage.draw.unlabeled) == (8, 0)
    watched = {"student": Watched(method.network)}
    for _ in Replay("supervised", "step_supervised", method, watched, TERMS, batches=labeled).updates(compare):
        pass
