"""Cross teaching: three updates are the released code's; a second U-Net stands there for the transformer."""

from methods.ctct import CrossTeaching
from tests.methods.golden.conftest import Compare
from tests.methods.golden.released import Watched, fill, official, sorted_weights
from tests.methods.golden.replay import Replay, begun

TERMS = {
    "supervised": "supervised_first",
    "transformer_supervised": "supervised_second",
    "crossed": "pseudo_first",
    "transformer_crossed": "pseudo_second",
}


def test_three_updates_of_cross_teaching_are_the_released_ones(compare: Compare) -> None:
    method = official("ctct", transformer="unet")
    assert isinstance(method, CrossTeaching)
    for number, network in enumerate((method.cnn, method.transformer)):
        fill(sorted_weights(network, "unet"), number, sharp=4)
    begun(method)
    watched = {"first": Watched(method.cnn), "second": Watched(method.transformer)}
    for terms, there, clock in Replay("ctct", "step_cross_teaching", method, watched, TERMS).updates(compare):
        compare("ctct", "weight", method.weight(clock), there["loss/weight"])
        compare("ctct", "loss", terms["total"] + terms["transformer_total"], there["loss/total"])
