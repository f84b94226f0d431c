"""Deep co-training (Qiao et al., ECCV 2018, arXiv 1803.05984) in the form that SSL4MIS @06df604 runs on slices.

The paper trains several networks that stay apart on adversarial examples. The released code, whose numbers the papers
of this field quote, has one network and two views, a slice and the slice turned by quarters; so has this. There all
slices of a batch are turned alike, here each by its own number.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor

from data.batch import Batch
from data.task import Task
from methods.base import Clock
from methods.networks.factory import Networks
from methods.parts.certainty import probabilities, squared_gap
from methods.parts.descend import descend
from methods.parts.one_stage import Ramped, RampedConfig
from methods.parts.supervised import segmentation_loss
from methods.parts.turns import turned
from methods.registry import method


def mutual_gap(one: Tensor, other: Tensor) -> Tensor:
    """Return half the sum of the squared gaps in which either probability map is the other's constant target."""
    return 0.5 * (squared_gap(one, other.detach()) + squared_gap(other, one.detach()))


@method("dct", title="DCT", paper="Qiao et al., ECCV 2018, arXiv 1803.05984")
class DeepCoTraining(Ramped):
    """Predict for a turned slice the turned prediction; one network, as SSL4MIS runs it."""

    fidelities: ClassVar[Mapping[str, Mapping[str, Any]]] = {"official": {}, "fixed": {}}

    def __init__(self, task: Task, networks: Networks, config: RampedConfig) -> None:
        super().__init__(task, networks, config)
        self.network = networks.segmenter()

    def step(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Descend the supervised loss and the gap between a slice's prediction and that of the turned slice."""
        labeled, unlabeled = batch.view(self.config.view)
        turns = torch.randint(4, (len(unlabeled),), generator=clock.rng, device=unlabeled.device)
        logits = self.network(torch.cat([labeled, unlabeled, turned(unlabeled, turns)]))
        known, upright, rotated = logits.split([len(labeled), len(unlabeled), len(unlabeled)])
        gap = mutual_gap(probabilities(rotated), turned(probabilities(upright), turns))
        return descend(
            self.optimizer,
            supervised=segmentation_loss(known, batch.masks),
            consistency=(self.weight(clock), gap),
        )
