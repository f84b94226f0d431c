"""Cross teaching: three updates are the released code's; a second U-Net stands there for the transformer."""

from methods.base import Budget
from methods.ctct import CrossTeaching
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
    "transformer_supervised": "supervised_second",
    "crossed": "pseudo_first",
    "transformer_crossed": "pseudo_second",
}


def test_three_updates_of_cross_teaching_are_the_released_ones(compare: Compare) -> None:
    method = official("ctct", transformer="unet")
    assert isinstance(method, CrossTeaching)
    for number, network in enumerate((method.cnn, method.transformer)):
        fill(sorted_weights(network, "unet"), number, sharp=4)
    start(method, method.stages(Budget(TOTAL, True, 4, 4))[0])
    watched = {"first": Watched(method.cnn), "second": Watched(method.transformer)}
    for number in range(3):
        there, clock = update_of("step_cross_teaching", f"u{number}"), Given(START + number)
        terms = step(method, batch(4, 4, number, {"weak": None}), clock, fresh=number == 0)
        for optimizer in method.optimizers:
            compare("ctct", "rate", optimizer.param_groups[0]["lr"], there["lr"])
        compare("ctct", "weight", method.weight(clock), there["loss/weight"])
        compare("ctct", "loss", terms["total"] + terms["transformer_total"], there["loss/total"])
        for mine, name in TERMS.items():
            compare("ctct", "loss", terms[mine], there[f"loss/{name}"])
        match(compare, "ctct", watched, there)
