"""Cross teaching of CNN and transformer (Luo et al., MIDL 2022, arXiv 2112.04894), as run by SSL4MIS @06df604."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from data.batch import Batch
from data.task import Task
from methods.base import Clock, Stage, Trained
from methods.networks.factory import Networks
from methods.parts.descend import descend
from methods.parts.fidelity import choice, fidelities, same
from methods.parts.one_stage import Ramped, RampedConfig
from methods.parts.supervised import dice_loss, segmentation_loss
from methods.registry import method

_CODE = "SSL4MIS train_cross_teaching_between_cnn_transformer_2D.py @06df604"
_PAPER = "CTCT, arXiv 2112.04894"


class CtctConfig(RampedConfig):
    """Constants of cross teaching."""

    lr_lag: int = choice(
        None,
        f"updates by which the decay lags behind; {_CODE}: none, the rate is set with the number after it counts up",
        paper=0,
        official=0,
        added=True,
        ge=0,
    )
    backbones: ClassVar[tuple[str, ...]] = ("transformer",)
    transformer: str = same(
        "unet:mit_b0",
        f"ours, from scratch: its encoder (Xie et al., NeurIPS 2021) takes any size; {_PAPER}, {_CODE}: Swin-UNet,"
        " 224 x 224 only, from ImageNet's weights",
    )


@method("ctct", title="Cross teaching", paper="Luo et al., MIDL 2022, arXiv 2112.04894", family="pseudo-labels")
class CrossTeaching(Ramped):
    """A CNN and a transformer learn each other's labels of unlabelled slices; the CNN is kept."""

    Config: ClassVar[type[CtctConfig]] = CtctConfig
    fidelities: ClassVar[Mapping[str, Mapping[str, Any]]] = fidelities(CtctConfig)
    config: CtctConfig

    def __init__(self, task: Task, networks: Networks, config: CtctConfig) -> None:
        super().__init__(task, networks, config)
        self.cnn = networks.segmenter()
        other = Networks(
            config.transformer, task.classes, weights=networks.weights, seed=networks.seed, channels=task.channels
        )
        self.transformer = other.segmenter()

    def begin(self, stage: Stage) -> Mapping[str, Trained]:
        """Hand over an optimiser for each network."""
        cnn = self.config.trained(self.cnn.parameters())
        transformer = self.config.trained(self.transformer.parameters())
        self.optimizers = cnn.optimizer, transformer.optimizer
        return {"cnn": cnn, "transformer": transformer}

    def step(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Descend both networks' supervised loss and their Dice loss to the other one's labels."""
        images, count = torch.cat(batch.view(self.config.view)), len(batch.labeled)
        cnn, transformer = self.cnn(images), self.transformer(images)
        learner, other = (
            descend(
                optimizer,
                supervised=segmentation_loss(own[:count], batch.masks),
                crossed=(self.weight(clock), dice_loss(own[count:], teaching[count:].detach().argmax(1))),
            )
            for optimizer, own, teaching in zip(self.optimizers, (cnn, transformer), (transformer, cnn), strict=True)
        )
        return {**learner, **{f"transformer_{name}": value for name, value in other.items()}}

    def predictors(self) -> Mapping[str, nn.Module]:
        """Return the CNN, which alone is tested, and the transformer."""
        return {"cnn": self.cnn, "transformer": self.transformer}
