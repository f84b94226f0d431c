"""Cross pseudo supervision (Chen et al., CVPR 2021, arXiv 2106.01226), as run on slices by SSL4MIS @06df604.

The paper's main form, without CutMix, which it reports beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from data.batch import Batch
from data.task import Task
from methods.base import Clock, Stage, Trained
from methods.networks.factory import Networks
from methods.parts.cross_entropy import mean
from methods.parts.descend import descend
from methods.parts.fidelity import choice, fidelities
from methods.parts.one_stage import RAMP, Ramped, RampedConfig
from methods.parts.supervised import segmentation_loss
from methods.registry import method

_CODE = "SSL4MIS train_cross_pseudo_supervision_2D.py @06df604"
_PAPER = "CPS, arXiv 2106.01226"


class CpsConfig(RampedConfig):
    """Constants of cross pseudo supervision."""

    weight: float = choice(
        None,
        f"{_PAPER} section 4: lambda 1.5 on VOC (recalled, not checked); its authors' code @c0a13ce, with CutMix: 1;"
        f" {_CODE}: 0.1",
        paper=1.5,
        official=0.1,
        fixed=1.0,
        ge=0,
    )
    ramp: float = choice(
        None,
        f"{RAMP}; {_PAPER}: none, on a pretrained encoder; {_CODE}: 200 x 150 of 30,000 updates",
        paper=0.0,
        official=1.0,
        fixed=1.0,
        ge=0,
    )
    lr_lag: int = choice(
        None,
        f"updates by which the decay lags behind; {_CODE}: none, the rate is set with the number after it counts up",
        paper=0,
        official=0,
        added=True,
        ge=0,
    )


def taught_by(logits: Tensor, others: Tensor) -> Tensor:
    """Return cross-entropy of logits (N, C, H, W) to the classes that the other network's logits name, constants."""
    return mean(logits, others.detach().argmax(1))


@method("cps", title="CPS", paper="Chen et al., CVPR 2021, arXiv 2106.01226", family="pseudo-labels")
class CrossPseudoSupervision(Ramped):
    """Let two networks of different initial weights label the unlabelled slices for each other."""

    Config: ClassVar[type[CpsConfig]] = CpsConfig
    fidelities: ClassVar[Mapping[str, Mapping[str, Any]]] = fidelities(CpsConfig)
    config: CpsConfig

    def __init__(self, task: Task, networks: Networks, config: CpsConfig) -> None:
        super().__init__(task, networks, config)
        self.first, self.second = networks.segmenter(), networks.segmenter()

    def begin(self, stage: Stage) -> Mapping[str, Trained]:
        """Hand over each network's optimiser."""
        trained = {name: self.config.trained(part.parameters()) for name, part in self.predictors().items()}
        self.optimizers = {name: value.optimizer for name, value in trained.items()}
        return trained

    def step(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Descend each network's supervised loss and its loss to the other's labels, both made before either moves."""
        images, count = torch.cat(batch.view(self.config.view)), len(batch.labeled)
        logits = {name: network(images) for name, network in self.predictors().items()}
        labels = {"first": logits["second"][count:], "second": logits["first"][count:]}
        values = {
            name: descend(
                self.optimizers[name],
                supervised=segmentation_loss(found[:count], batch.masks),
                cross=(self.weight(clock), taught_by(found[count:], labels[name])),
            )
            for name, found in logits.items()
        }
        return {**values["first"], **{f"second_{term}": value for term, value in values["second"].items()}}

    def predictors(self) -> Mapping[str, nn.Module]:
        """Return both networks; the first is reported, as neither is chosen by its score."""
        return {"first": self.first, "second": self.second}
