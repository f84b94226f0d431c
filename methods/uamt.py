"""Uncertainty-aware mean teacher (Yu et al., MICCAI 2019, arXiv 1907.07034), as run on slices by SSL4MIS @06df604."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn

from data.batch import Batch
from data.task import Task
from methods.base import Clock
from methods.mean_teacher import MeanTeacher, MeanTeacherConfig
from methods.networks.factory import Networks
from methods.parts.certainty import entropy, probabilities
from methods.parts.fidelity import choice, fidelities, same
from methods.parts.ramp import sigmoid_ramp
from methods.parts.supervised import segmentation_loss
from methods.registry import method

_CODE = "SSL4MIS train_uncertainty_aware_mean_teacher_2D.py @06df604"
_PAPER = "UA-MT, arXiv 1907.07034"


class UamtConfig(MeanTeacherConfig):
    """Constants of uncertainty-aware mean teacher beside mean teacher's."""

    passes: int = same(8, f"{_PAPER} and {_CODE}: passes of the teacher whose mean is judged", ge=1)
    copies: int = choice(
        None,
        f"of the slices in a call of the teacher, each with its own noise: passes in one call; ours: 1; {_CODE}: 2",
        paper=1,
        official=2,
        added=True,
        ge=1,
    )
    certain_from: float = same(0.75, f"{_PAPER} and {_CODE}: first threshold, a share of the greatest entropy", ge=0)
    certain_ramp: float = same(1.0, f"{_CODE}: fraction of the run over which it grows to that entropy", ge=0)
    classes: Literal["task", "two"] = choice(
        None,
        f"how many the greatest entropy and the mean count; {_PAPER}: all, which are 2; {_CODE}: 2 of 4",
        paper="task",
        official="two",
    )
    silent: float = same(0.0, f"fraction of the run in which the term is 0; {_CODE}: none, unlike mean teacher's", ge=0)


def only_dropout(teacher: nn.Module) -> None:
    """Draw dropout anew in each pass, and leave batch norm at its running statistics."""
    teacher.eval()
    for part in teacher.modules():
        if isinstance(part, nn.modules.dropout._DropoutNd):
            part.train()


STOCHASTIC: Mapping[str, Callable[[nn.Module], object]] = {"running": only_dropout, "training": nn.Module.train}
COUNTED: Mapping[str, Callable[[int], int]] = {"task": int, "two": lambda classes: 2}


def certain_gap(predicted: Tensor, target: Tensor, certain: Tensor, classes: int) -> Tensor:
    """Return the squared gap of probabilities (N, C, H, W), mean over classes and over certain pixels (N, H, W).

    0, with a gradient of 0, where no pixel is certain.
    """
    gaps = (predicted - target).square().sum(1)
    return (certain * gaps).sum() / (classes * certain.sum() + 1e-16)


@method("uamt", title="UA-MT", paper="Yu et al., MICCAI 2019, arXiv 1907.07034", family="consistency")
class UncertaintyAwareMeanTeacher(MeanTeacher):
    """Agree with an average of one's own past weights where that is sure of its noisy predictions."""

    Config: ClassVar[type[UamtConfig]] = UamtConfig
    fidelities: ClassVar[Mapping[str, Mapping[str, Any]]] = fidelities(UamtConfig)
    config: UamtConfig

    def __init__(self, task: Task, networks: Networks, config: UamtConfig) -> None:
        super().__init__(task, networks, config)
        self.classes = COUNTED[config.classes](task.classes)

    def step(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Descend the supervised loss and the gap to the teacher where it is sure, then let the teacher follow."""
        count = len(batch.labeled)
        labeled, unlabeled = batch.view(self.config.view)
        logits = self.student(torch.cat([labeled, unlabeled]))
        target = self.taught(unlabeled + self.noise(unlabeled, clock))
        uncertainty = entropy(self.sampled(unlabeled, clock))
        certain = (uncertainty < self.threshold(clock)).to(target.dtype)
        gap = certain_gap(probabilities(logits[count:]), target, certain, self.classes)
        values = self.descend_and_follow(
            clock,
            supervised=segmentation_loss(logits[:count], batch.masks),
            consistency=(self.weight(clock), self.heard(clock) * gap),
        )
        return {**values, "certain": certain.mean(), "uncertainty": uncertainty.mean()}

    @torch.no_grad()
    def sampled(self, images: Tensor, clock: Clock) -> Tensor:
        """Return the mean of several of the teacher's predictions, each with its own noise and dropout."""
        STOCHASTIC[self.config.teacher_mode](self.teacher)
        passes, copies = self.config.passes, self.config.copies
        calls = (images.repeat(min(copies, passes - done), 1, 1, 1) for done in range(0, passes, copies))
        noisy = (slices + self.noise(slices, clock) for slices in calls)
        predicted = torch.cat([probabilities(self.teacher(seen)) for seen in noisy])
        return predicted.view(passes, len(images), *predicted.shape[1:]).mean(0)

    def threshold(self, clock: Clock) -> float | Tensor:
        """Return the entropy below which a pixel counts at an update."""
        return clock.number(self.entropy_allowed)

    def entropy_allowed(self, clock: Clock) -> float:
        """Return the same as a number."""
        first, grown = self.config.certain_from, sigmoid_ramp(clock.progress, self.config.certain_ramp)
        return (first + (1 - first) * grown) * math.log(self.classes)
