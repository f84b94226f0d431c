"""Methods that learn on strong views of unlabelled slices what they are sure of on weak ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from torch import Tensor

from data.task import Task
from methods.base import Clock
from methods.networks.factory import Networks
from methods.parts.fidelity import choice
from methods.parts.one_stage import OneStage
from methods.parts.ramp import ramped
from methods.parts.sgd import SgdConfig


class WeakToStrongConfig(SgdConfig):
    """What these methods weigh; each gives its own values with their sources.

    unsupervised_ramp: fraction of the run over which unsupervised_weight grows; 0 for none.
    """

    supervised_weight: float
    unsupervised_weight: float
    unsupervised_ramp: float
    unsupervised_steps: int = choice(
        None, "equal steps of the run in which it grows, 0: smoothly", paper=0, official=0, added=True, ge=0
    )


class WeakToStrong(OneStage):
    """One student, which is its own teacher on the weak views."""

    learner: ClassVar[str] = "student"
    twin: ClassVar[Mapping[str, Any]] = {"unsupervised_weight": 0.0}
    config: WeakToStrongConfig

    def __init__(self, task: Task, networks: Networks, config: WeakToStrongConfig) -> None:
        super().__init__(task, networks, config)
        self.student = networks.segmenter()

    def weight(self, clock: Clock) -> float | Tensor:
        """Return what all that the pseudo-labels teach counts at an update."""
        config = self.config
        return ramped(clock, config.unsupervised_weight, config.unsupervised_ramp, config.unsupervised_steps)
