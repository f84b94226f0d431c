"""The optimiser of this field's protocol, and its constants."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from torch import nn
from torch.optim import SGD

from methods.base import Config, Trained, cited
from methods.parts.fidelity import choice
from methods.parts.lr_schedule import polynomial_decay

_COMMON = "every train_*_2D.py of SSL4MIS @06df604"


class SgdConfig(Config):
    """Stochastic gradient descent with momentum and polynomial decay."""

    lr: float = cited(0.01, f"{_COMMON}; ACTION section 3", gt=0)
    momentum: float = cited(0.9, f"{_COMMON}; ACTION section 3", ge=0, lt=1)
    weight_decay: float = cited(1e-4, f"{_COMMON}; ACTION section 3", ge=0)
    lr_power: float = cited(0.9, f"{_COMMON}: (1 - update / total) ** 0.9", ge=0)
    lr_lag: int = choice(
        None,
        f"updates by which the decay lags behind; {_COMMON} but the two with two networks: 1, since the rate is set"
        " with the number before it counts up",
        paper=0,
        official=1,
        added=True,
        ge=0,
    )

    def trained(self, parameters: Iterable[nn.Parameter]) -> Trained:
        """Return the optimiser of these parameters with its schedule over a stage."""
        optimizer = SGD(
            list(parameters), lr=self.lr, momentum=self.momentum, weight_decay=self.weight_decay, foreach=True
        )
        return Trained(optimizer, partial(polynomial_decay, power=self.lr_power, lag=self.lr_lag))
