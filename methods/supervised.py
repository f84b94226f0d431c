"""Supervised training: the lower bound with few labels, the ceiling with all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Literal

from torch import Tensor

from data.batch import Batch, View
from data.task import Task
from methods.base import Budget, Clock, Draw, cited
from methods.networks.factory import Networks
from methods.parts.descend import descend
from methods.parts.fidelity import choice, fidelities
from methods.parts.one_stage import OneStage
from methods.parts.sgd import SgdConfig
from methods.parts.supervised import segmentation_loss
from methods.registry import method


class SupervisedConfig(SgdConfig):
    """Constants of supervised training."""

    slices: Literal["labeled", "both"] = choice(
        None,
        "labelled slices an update; both: as many as other methods have of both kinds; SSL4MIS"
        " train_fully_supervised_2D.py @06df604: 24; ours: as many labelled ones as every method",
        paper="labeled",
        official="both",
        added=True,
    )
    view: View = cited("weak", "SSL4MIS train_fully_supervised_2D.py @06df604 augments weakly; presets say how")


SLICES: Mapping[str, Callable[[Budget], int]] = {
    "labeled": lambda budget: budget.labeled,
    "both": lambda budget: budget.labeled + budget.unlabeled,
}


@method(
    "supervised",
    title="Supervised",
    paper="Ronneberger et al., MICCAI 2015",
    family="supervised",
    needs_unlabeled=False,
)
class Supervised(OneStage):
    """Cross-entropy and Dice on the labelled slices only."""

    Config: ClassVar[type[SupervisedConfig]] = SupervisedConfig
    fidelities: ClassVar[Mapping[str, Mapping[str, Any]]] = fidelities(SupervisedConfig)
    config: SupervisedConfig

    def __init__(self, task: Task, networks: Networks, config: SupervisedConfig) -> None:
        super().__init__(task, networks, config)
        self.network = networks.segmenter()

    def views(self) -> Sequence[str]:
        """Return the one view."""
        return (self.config.view,)

    def draw(self, budget: Budget) -> Draw:
        """Return labelled slices, and no other."""
        return Draw(SLICES[self.config.slices](budget), 0, self.views())

    def step(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Descend the supervised loss."""
        logits = self.network(batch.labeled.views[self.config.view])
        return descend(self.optimizer, supervised=segmentation_loss(logits, batch.masks))
