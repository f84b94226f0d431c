"""Methods whose student agrees with a teacher that is the average of its past weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn

from data.task import Task
from methods.base import Clock
from methods.networks.factory import Networks
from methods.parts.certainty import probabilities
from methods.parts.descend import Term, descend
from methods.parts.one_stage import Ramped, RampedConfig
from methods.parts.teacher import FOLLOWS, MODES, frozen_copy, warm_decay


class StudentTeacherConfig(RampedConfig):
    """What these methods say of their teacher; each gives its own values with their sources.

    decay: the share of itself that the teacher keeps at an update, in [0, 1). teacher_mode: whose statistics its batch
    norm takes. teacher_average: whether it averages the student's statistics too, or the weights alone.
    """

    decay: float
    teacher_mode: Literal["running", "training"]
    teacher_average: Literal["all", "weights"]


class StudentTeacher(Ramped):
    """A student that learns, and a frozen copy of it that follows."""

    learner: ClassVar[str] = "student"
    config: StudentTeacherConfig

    def __init__(self, task: Task, networks: Networks, config: StudentTeacherConfig) -> None:
        super().__init__(task, networks, config)
        self.student = networks.segmenter()
        self.teacher = frozen_copy(self.student)

    @torch.no_grad()
    def taught(self, images: Tensor) -> Tensor:
        """Return the teacher's probabilities (N, classes, H, W) of images (N, C, H, W), as constants."""
        MODES[self.config.teacher_mode](self.teacher)
        return probabilities(self.teacher(images))

    def descend_and_follow(self, clock: Clock, **terms: Term) -> Mapping[str, Tensor]:
        """Take one step of the student down the terms, then move the teacher towards it; return what ``descend`` does.

        The teacher keeps config.decay of itself, and less in the first updates (``warm_decay``).
        """
        values = descend(self.optimizer, **terms)
        decay = clock.number(lambda at: warm_decay(self.config.decay, at.update))
        FOLLOWS[self.config.teacher_average](self.teacher, self.student, decay)
        return values

    def predictors(self) -> Mapping[str, nn.Module]:
        """Return the teacher, which the papers report, and the student, which SSL4MIS scores."""
        return {"teacher": self.teacher, "student": self.student}
