"""Cross pseudo supervision: three updates are the released code's."""

from methods.base import Budget
from methods.cps import CrossPseudoSupervision
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
    start(method, method.stages(Budget(TOTAL, True, 4, 4))[0])
    watched = {"first": Watched(method.first), "second": Watched(method.second)}
    for number in range(3):
        there, clock = update_of("step_cps", f"u{number}"), Given(START + number)
        terms = step(method, batch(4, 4, number, {"weak": None}), clock, fresh=number == 0)
        for optimizer in method.optimizers.values():
            compare("cps", "rate", optimizer.param_groups[0]["lr"], there["lr"])
        compare("cps", "weight", method.weight(clock), there["loss/weight"])
        compare("cps", "loss", terms["total"] + terms["second_total"], there["loss/total"])
        for mine, name in TERMS.items():
            compare("cps", "loss", terms[mine], there[f"loss/{name}"])
        match(compare, "cps", watched, there)
