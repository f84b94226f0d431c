"""Methods of one stage and one network that learns, and among them those with one term whose weight grows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from torch import Tensor, nn
from torch.optim import Optimizer

from data.batch import View
from data.task import Task
from methods.base import Budget, Clock, Draw, Method, Stage, Trained, cited
from methods.networks.factory import Networks
from methods.parts.fidelity import choice
from methods.parts.ramp import ramped
from methods.parts.sgd import SgdConfig

COMMON = "every train_*_2D.py of SSL4MIS @06df604"
RAMP = "fraction of the run over which the weight grows"


class OneStage(Method):
    """Draws labelled and unlabelled slices side by side, and has one optimiser of all weights that are not frozen.

    A method builds its networks, names the views that it draws, and steps down ``self.optimizer``. learner: the
    attribute that holds the network that learns, which its optimiser and its predictor are called after.
    """

    learner: ClassVar[str] = "network"
    config: SgdConfig
    optimizer: Optimizer

    def __init__(self, task: Task, networks: Networks, config: SgdConfig) -> None:
        super().__init__(task, networks, config)
        self.config = config

    def views(self) -> Sequence[str]:
        """Return the names of the views of each slice."""
        raise NotImplementedError

    def draw(self, budget: Budget) -> Draw:
        """Return what an update draws: as many slices of both kinds as the budget grants."""
        return Draw(budget.labeled, budget.unlabeled, self.views())

    def stages(self, budget: Budget) -> Sequence[Stage]:
        """Return the one stage, of all updates."""
        return [Stage("train", budget.updates, self.draw(budget))]

    def begin(self, stage: Stage) -> Mapping[str, Trained]:
        """Hand over the optimiser of all weights that take a gradient."""
        trained = self.config.trained(weight for weight in self.parameters() if weight.requires_grad)
        self.optimizer = trained.optimizer
        return {self.learner: trained}

    def predictors(self) -> Mapping[str, nn.Module]:
        """Return the network that learns, images (N, C, H, W) to logits (N, classes, H, W)."""
        return {self.learner: self.get_submodule(self.learner)}


class RampedConfig(SgdConfig):
    """Constants that these methods share."""

    weight: float = cited(0.1, f"{COMMON}: consistency", ge=0)
    ramp: float = cited(1.0, f"{RAMP}; {COMMON}: 200 x 150 of 30,000 updates", ge=0)
    ramp_steps: int = choice(
        None,
        f"equal steps of the run in which the weight grows, 0: smoothly; {COMMON}: 200, of 150 updates",
        paper=0,
        official=200,
        added=True,
        ge=0,
    )
    view: View = cited("weak", f"{COMMON}: labelled and unlabelled slices are augmented alike; presets say how")


class Ramped(OneStage):
    """Sees all slices under one view; a term on unlabelled slices grows beside the supervised loss."""

    Config: ClassVar[type[RampedConfig]] = RampedConfig
    twin: ClassVar[Mapping[str, Any]] = {"weight": 0.0}
    config: RampedConfig

    def views(self) -> Sequence[str]:
        """Return the one view."""
        return (self.config.view,)

    def weight(self, clock: Clock) -> float | Tensor:
        """Return what the unlabelled term counts at an update."""
        config = self.config
        return ramped(clock, config.weight, config.ramp, config.ramp_steps)
