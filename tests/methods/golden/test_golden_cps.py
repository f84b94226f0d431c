"""Cross pseudo supervision: three updates are the released code's."""

from methods.cps import CrossPseudoSupervision
from tests.methods.golden.conftest import Compare
from tests.methods.golden.released import Watched, fill, official, sorted_weights
from tests.methods.golden.replay import Replay, begun

TERMS = {
    "supervised": "supervised_first",
    "second_supervised": "supervised_second",
    "cross": "pseudo_first",
    "second_cross": "pseudo_second",
}


def test_three_updates_of_cps_are_the_released_ones(compare: Compare) -> None:
    method = official("cps")
    assert isinstance(method, CrossPseudoSupervision)
    for number, network in enumerate((method.first, method.second)):
        fill(sorted_weights(network, "unet"), number, sharp=4)
    begun(method)
    watched = {"first": Watched(method.first), "second": Watched(method.second)}
    for terms, there, clock in Replay("cps", "step_cps", method, watched, TERMS).updates(compare):
        compare("cps", "weight", method.weight(clock), there["loss/weight"])
        compare("cps", "loss", terms["total"] + terms["second_total"], there["loss/total"])
