"""Deep adversarial networks (Zhang et al., MICCAI 2017), as run on slices by SSL4MIS @06df604."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor
from torch.optim import Adam

from data.batch import Batch
from data.task import Task
from methods.base import Clock, Stage, Trained
from methods.networks.factory import Networks
from methods.parts.certainty import probabilities, settled
from methods.parts.critic import Critic, verdict_loss
from methods.parts.descend import descend
from methods.parts.fidelity import choice, fidelities, same
from methods.parts.lr_schedule import constant
from methods.parts.one_stage import Ramped, RampedConfig
from methods.parts.supervised import segmentation_loss
from methods.registry import method

_CODE = "SSL4MIS train_adversarial_network_2D.py @06df604"
_NET = "SSL4MIS networks/discriminator.py @06df604"


class DanConfig(RampedConfig):
    """Constants of deep adversarial networks."""

    critic_lr: float = same(1e-4, f"{_CODE}: DAN_lr", gt=0)
    critic_momentum: float = same(0.9, f"{_CODE}: Adam's first beta", ge=0, lt=1)
    critic_scale: float = same(0.99, f"{_CODE}: Adam's second beta", ge=0, lt=1)
    critic_sum: Literal["plain", "active"] = same(
        "plain", f"what follows the sum of map and image; {_NET}: nothing, an activation in the critic of volumes alone"
    )
    critic_pooling: Literal["quarters", "windows"] = choice(
        None,
        f"{_NET}: 7 x 7 places, of 14 x 14 at 224 pixels, of 16 x 16 at 256; ours: a quarter of the map at any size",
        paper="quarters",
        official="windows",
        added=True,
    )


@method("dan", title="DAN", paper="Zhang et al., MICCAI 2017", family="adversarial")
class DeepAdversarial(Ramped):
    """Segment unlabelled slices so that a critic takes them for labelled ones."""

    Config: ClassVar[type[DanConfig]] = DanConfig
    fidelities: ClassVar[Mapping[str, Mapping[str, Any]]] = fidelities(DanConfig)
    config: DanConfig

    def __init__(self, task: Task, networks: Networks, config: DanConfig) -> None:
        super().__init__(task, networks, config)
        self.network = networks.segmenter()
        self.critic = Critic(task.classes, config.critic_sum, config.critic_pooling, task.channels)

    def begin(self, stage: Stage) -> Mapping[str, Trained]:
        """Hand over the network's optimiser and the critic's, whose rate stays."""
        config = self.config
        trained = config.trained(self.network.parameters())
        betas = (config.critic_momentum, config.critic_scale)
        critic = Adam(self.critic.parameters(), lr=config.critic_lr, betas=betas)
        self.optimizer, self.critic_optimizer = trained.optimizer, critic
        return {"network": trained, "critic": Trained(critic, constant)}

    def step(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Move the network against a critic that drops nothing, then the critic against the network as it is now."""
        count = len(batch.labeled)
        images = torch.cat(batch.view(self.config.view))
        values = self.step_network(images, batch.masks, clock)
        maps = settled(self.network, images)
        self.critic.train()
        judged = descend(self.critic_optimizer, critic=verdict_loss(self.critic(maps, images), count))
        return {**values, "critic": judged["critic"]}

    def step_network(self, images: Tensor, masks: Tensor, clock: Clock) -> Mapping[str, Tensor]:
        """Descend the supervised loss and the critic's surprise that unlabelled slices have no label."""
        count = len(masks)
        logits = self.network(images)
        self.critic.eval()
        judged = self.critic(probabilities(logits[count:]), images[count:])
        return descend(
            self.optimizer,
            supervised=segmentation_loss(logits[:count], masks),
            adversarial=(self.weight(clock), verdict_loss(judged, labeled=len(judged))),
        )
