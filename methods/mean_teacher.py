"""Mean teacher (Tarvainen & Valpola, NeurIPS 2017, arXiv 1703.01780), as run on slices by SSL4MIS @06df604."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from data.batch import Batch
from data.task import Task
from methods.base import Budget, Clock, Draw, Method, Stage, Trained, cited
from methods.networks.factory import Networks
from methods.parts.descend import descend
from methods.parts.ramp import sigmoid_ramp
from methods.parts.sgd import SgdConfig
from methods.parts.supervised import segmentation_loss
from methods.parts.teacher import follow, frozen_copy, warm_decay
from methods.registry import method

_CODE = "SSL4MIS train_mean_teacher_2D.py @06df604"


class MeanTeacherConfig(SgdConfig):
    """Constants of mean teacher."""

    decay: float = cited(0.99, f"{_CODE}, ema_decay", ge=0, lt=1)
    weight: float = cited(0.1, f"{_CODE}, consistency", ge=0)
    ramp: float = cited(1.0, f"fraction of the run; {_CODE}: 200 x 150 of 30,000 updates", ge=0)
    noise: float = cited(0.1, f"{_CODE}: the teacher's input noise, standard deviation", ge=0)
    noise_limit: float = cited(0.2, f"{_CODE}: clip of that noise", ge=0)
    view: str = cited("weak", "the paper augments both; one geometry for teacher and student keeps pixels in register")


@method("mean_teacher", title="Mean teacher", paper="Tarvainen & Valpola, NeurIPS 2017, arXiv 1703.01780")
class MeanTeacher(Method):
    """Agree with an average of one's own past weights on noisy unlabelled slices."""

    Config: ClassVar[type[MeanTeacherConfig]] = MeanTeacherConfig
    twin: ClassVar[Mapping[str, Any]] = {"weight": 0.0}

    def __init__(self, task: Task, networks: Networks, config: MeanTeacherConfig) -> None:
        super().__init__(task, networks, config)
        self.config = config
        self.student = networks.segmenter()
        self.teacher = frozen_copy(self.student)

    def stages(self, budget: Budget) -> Sequence[Stage]:
        """Return the one stage, labelled and unlabelled slices side by side."""
        return [Stage("train", budget.updates, Draw(budget.labeled, budget.unlabeled, (self.config.view,)))]

    def begin(self, stage: Stage) -> Mapping[str, Trained]:
        """Hand over the student's optimiser."""
        trained = self.config.trained(self.student.parameters())
        self.optimizer = trained.optimizer
        return {"student": trained}

    def step(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Descend the supervised loss and the squared gap to the teacher, then let the teacher follow."""
        config = self.config
        labeled, unlabeled = batch.view(config.view)
        logits = self.student(torch.cat([labeled, unlabeled]))
        self.teacher.eval()  # its batch norm follows the student's by average, not its own noisy input
        with torch.no_grad():
            target = self.teacher(unlabeled + self.noise(unlabeled, clock)).float().softmax(1)
        gap = (logits[len(labeled) :].float().softmax(1) - target).square().mean()
        values = descend(
            self.optimizer,
            supervised=segmentation_loss(logits[: len(labeled)], batch.masks),
            consistency=(config.weight * sigmoid_ramp(clock.progress, config.ramp), gap),
        )
        follow(self.teacher, self.student, warm_decay(config.decay, clock.update))
        return values

    def noise(self, images: Tensor, clock: Clock) -> Tensor:
        """Return clipped Gaussian noise of the images' shape."""
        noise = torch.randn(images.shape, generator=clock.rng, device=images.device) * self.config.noise
        return noise.clamp(-self.config.noise_limit, self.config.noise_limit)

    def predictors(self) -> Mapping[str, nn.Module]:
        """Return the teacher, which the paper reports, and the student, which SSL4MIS scores."""
        return {"teacher": self.teacher, "student": self.student}
