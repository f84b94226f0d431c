"""Entropy minimisation (Vu et al., ADVENT, CVPR 2019, arXiv 1811.12833), as run on slices by SSL4MIS @06df604."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor

from data.batch import Batch
from data.task import Task
from methods.base import Clock
from methods.networks.factory import Networks
from methods.parts.certainty import entropy, probabilities
from methods.parts.descend import descend
from methods.parts.fidelity import choice, fidelities
from methods.parts.one_stage import RAMP, Ramped, RampedConfig
from methods.parts.supervised import segmentation_loss
from methods.registry import method

_CODE = "SSL4MIS train_entropy_minimization_2D.py @06df604"
_PAPER = "ADVENT, arXiv 1811.12833"


class EntropyConfig(RampedConfig):
    """Constants of entropy minimisation."""

    weight: float = choice(
        None,
        f"{_PAPER}, their code's LAMBDA_ENT_MAIN @7d6f78d: 0.001, with thousands of labelled images of another domain;"
        f" {_CODE}: 0.1",
        paper=0.001,
        official=0.1,
        fixed=0.1,
        ge=0,
    )
    ramp: float = choice(
        None, f"{RAMP}; {_PAPER}: none; {_CODE}: 200 x 150 of 30,000 updates", paper=0.0, official=1.0, fixed=1.0, ge=0
    )
    pixels: Literal["unlabeled", "all"] = choice(
        None,
        f"{_PAPER}: entropy of images without labels; {_CODE}: of labelled ones too",
        paper="unlabeled",
        official="all",
    )


def after_labeled(logits: Tensor, labeled: int) -> Tensor:
    """Return the logits of the unlabelled slices."""
    return logits[labeled:]


def everything(logits: Tensor, labeled: int) -> Tensor:
    """Return the logits of all slices."""
    return logits


PIXELS: Mapping[str, Callable[[Tensor, int], Tensor]] = {"unlabeled": after_labeled, "all": everything}


def relative_entropy(logits: Tensor) -> Tensor:
    """Return the mean entropy of logits (N, classes, H, W) as a share of the greatest possible one."""
    return entropy(probabilities(logits)).mean() / math.log(logits.shape[1])


@method("em", title="Entropy minimisation", paper="Vu et al., CVPR 2019, arXiv 1811.12833", family="entropy")
class EntropyMinimisation(Ramped):
    """Be sure of the class of every unlabelled pixel."""

    Config: ClassVar[type[EntropyConfig]] = EntropyConfig
    fidelities: ClassVar[Mapping[str, Mapping[str, Any]]] = fidelities(EntropyConfig)
    config: EntropyConfig

    def __init__(self, task: Task, networks: Networks, config: EntropyConfig) -> None:
        super().__init__(task, networks, config)
        self.network = networks.segmenter()

    def step(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Descend the supervised loss and the entropy."""
        logits = self.network(torch.cat(batch.view(self.config.view)))
        count = len(batch.labeled)
        return descend(
            self.optimizer,
            supervised=segmentation_loss(logits[:count], batch.masks),
            entropy=(self.weight(clock), relative_entropy(PIXELS[self.config.pixels](logits, count))),
        )
