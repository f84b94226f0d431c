"""Deep adversarial networks: three updates of the network and of its critic are the released code's."""

import torch

from methods.base import Budget
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

SIDE = 224


def test_three_updates_of_the_network_and_its_critic_are_the_released_ones(compare: Compare) -> None:
    method = official("dan")
    fill(sorted_weights(method.network, "unet"), 0, sharp=4)
    fill(sorted_weights(method.critic, "critic"), 1)
    start(method, method.stages(Budget(TOTAL, True, 2, 2))[0])
    watched = {"student": Watched(method.network), "critic": Watched(method.critic, "critic")}
    judged: list[torch.Tensor] = []
    method.critic.register_forward_hook(lambda _, __, out: judged.append(out.detach()))
    for number in range(3):
        there = update_of("step_dan", f"u{number}")
        given = Given(START + number)
        terms = step(method, batch(2, 2, number, {"weak": None}, SIDE), given, fresh=number == 0)
        for mine, theirs in {"supervised": "supervised", "adversarial": "consistency", "critic": "critic"}.items():
            compare("dan", "loss", terms[mine], there[f"loss/{theirs}"])
        compare("dan", "loss", terms["total"], there["loss/total"])
        compare("dan", "weight", method.weight(given), there["loss/weight"])
        compare("dan", "rate", method.optimizer.param_groups[0]["lr"], there["lr"])
        compare("dan", "critic's verdicts", judged[-1], there["critic_logits"])
        match(compare, "dan", watched, there)
