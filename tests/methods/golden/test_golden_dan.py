"""Deep adversarial networks: three updates of the network and of its critic are the released code's."""

import torch

from data.batch import Batch
from tests.methods.golden.conftest import Compare
from tests.methods.golden.released import Watched, batch, fill, official, sorted_weights
from tests.methods.golden.replay import Replay, begun

SIDE = 224
TERMS = {"total": "total", "supervised": "supervised", "adversarial": "consistency", "critic": "critic"}


def large(number: int) -> Batch:
    return batch(2, 2, number, {"weak": None}, SIDE)


def test_three_updates_of_the_network_and_its_critic_are_the_released_ones(compare: Compare) -> None:
    method = official("dan")
    fill(sorted_weights(method.network, "unet"), 0, sharp=4)
    fill(sorted_weights(method.critic, "critic"), 1)
    begun(method, 2, 2)
    watched = {"student": Watched(method.network), "critic": Watched(method.critic, "critic")}
    judged: list[torch.Tensor] = []
    method.critic.register_forward_hook(lambda _, __, out: judged.append(out.detach()))
    replay = Replay("dan", "step_dan", method, watched, TERMS, rated=["network"], batches=large)
    for _, there, clock in replay.updates(compare):
        compare("dan", "weight", method.weight(clock), there["loss/weight"])
        compare("dan", "critic's verdicts", judged[-1], there["critic_logits"])
