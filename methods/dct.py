"""Deep co-training (Qiao et al., ECCV 2018, arXiv 1803.05984) in the form that SSL4MIS @06df604 runs on slices.

The paper trains several networks that stay apart on adversarial examples. The released code, whose numbers the papers
of this field quote, has one network and two views, a slice and the slice turned by quarters; so has this.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor

from data.batch import Batch
from data.task import Task
from methods.base import Clock
from methods.networks.factory import Networks
from methods.parts.certainty import probabilities, squared_gap
from methods.parts.descend import descend
from methods.parts.fidelity import choice, fidelities
from methods.parts.one_stage import Ramped, RampedConfig
from methods.parts.passes import PASSES
from methods.parts.supervised import segmentation_loss
from methods.parts.turns import TURNS, turned
from methods.registry import method

_CODE = "SSL4MIS @06df604, DCT"


class DctConfig(RampedConfig):
    """Constants of co-training with quarter turns; the paper's method is another one and gives no values."""

    turns: Literal["slice", "batch"] = choice(
        None,
        f"what has its own number of quarter turns; ours: a slice, more views an update; {_CODE}: the batch",
        paper="slice",
        official="batch",
        added=True,
    )
    passes: Literal["together", "apart"] = choice(
        None,
        f"of the network, whose batch norm sees both views, or either; {_CODE}: the turned view in a call of its own",
        paper="together",
        official="apart",
        added=True,
    )


def mutual_gap(one: Tensor, other: Tensor) -> Tensor:
    """Return half the sum of the squared gaps in which either probability map is the other's constant target."""
    return 0.5 * (squared_gap(one, other.detach()) + squared_gap(other, one.detach()))


@method("dct", title="DCT", paper="Qiao et al., ECCV 2018, arXiv 1803.05984", family="consistency")
class DeepCoTraining(Ramped):
    """Predict for a turned slice the turned prediction; one network, as SSL4MIS runs it."""

    Config: ClassVar[type[DctConfig]] = DctConfig
    fidelities: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        name: fidelities(DctConfig)[name] for name in ("official", "fixed")
    }
    config: DctConfig

    def __init__(self, task: Task, networks: Networks, config: DctConfig) -> None:
        super().__init__(task, networks, config)
        self.network = networks.segmenter()

    def step(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Descend the supervised loss and the gap between a slice's prediction and that of the turned slice."""
        labeled, unlabeled = batch.view(self.config.view)
        turns = clock.draw("turns", TURNS[self.config.turns], unlabeled)
        views = torch.cat([labeled, unlabeled]), turned(unlabeled, turns)
        logits, rotated = PASSES[self.config.passes](self.network, views)
        known, upright = logits[: len(labeled)], logits[len(labeled) :]
        gap = mutual_gap(probabilities(rotated), turned(probabilities(upright), turns))
        return descend(
            self.optimizer,
            supervised=segmentation_loss(known, batch.masks),
            consistency=(self.weight(clock), gap),
        )
