"""Methods of one stage: supervised loss on labelled slices, and a term on unlabelled ones whose weight grows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from methods.base import Budget, Clock, Draw, Method, Stage, cited
from methods.parts.ramp import sigmoid_ramp
from methods.parts.sgd import SgdConfig

COMMON = "every train_*_2D.py of SSL4MIS @06df604"
RAMP = "fraction of the run over which the weight grows"


class RampedConfig(SgdConfig):
    """Constants that these methods share."""

    weight: float = cited(0.1, f"{COMMON}: consistency", ge=0)
    ramp: float = cited(1.0, f"{RAMP}; {COMMON}: 200 x 150 of 30,000 updates", ge=0)
    view: str = cited("weak", f"{COMMON}: labelled and unlabelled slices are augmented alike; presets say how")


class OneStage(Method):
    """Draws labelled and unlabelled slices side by side under one view."""

    Config: ClassVar[type[RampedConfig]] = RampedConfig
    twin: ClassVar[Mapping[str, Any]] = {"weight": 0.0}
    config: RampedConfig

    def stages(self, budget: Budget) -> Sequence[Stage]:
        """Return the one stage."""
        return [Stage("train", budget.updates, Draw(budget.labeled, budget.unlabeled, (self.config.view,)))]

    def weight(self, clock: Clock) -> float:
        """Return what the unlabelled term counts at an update."""
        return self.config.weight * sigmoid_ramp(clock.progress, self.config.ramp)
