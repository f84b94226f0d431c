"""Mean teacher (Tarvainen & Valpola, NeurIPS 2017, arXiv 1703.01780), as run on slices by SSL4MIS @06df604."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor

from data.batch import Batch, View
from methods.base import Clock, cited
from methods.parts.certainty import probabilities, squared_gap
from methods.parts.fidelity import choice, fidelities
from methods.parts.one_stage import RAMP
from methods.parts.student_teacher import StudentTeacher, StudentTeacherConfig
from methods.parts.supervised import segmentation_loss
from methods.registry import method

_CODE = "SSL4MIS train_mean_teacher_2D.py @06df604"
_PAPER = "Mean teacher, arXiv 1703.01780"


class MeanTeacherConfig(StudentTeacherConfig):
    """Constants of mean teacher."""

    decay: float = cited(
        0.99, f"{_CODE}, ema_decay; {_PAPER}: 0.999 after the ramp (recalled, not checked)", ge=0, lt=1
    )
    weight: float = choice(
        None,
        f"{_PAPER} appendix B: 100, CIFAR-10 (recalled, not checked); {_CODE}: consistency; 10 and 100 made it predict"
        " background here (LOG.md)",
        paper=100.0,
        official=0.1,
        fixed=0.1,
        ge=0,
    )
    ramp: float = choice(
        None,
        f"{RAMP}; {_PAPER} appendix B: 40,000 of 150,000 (recalled, not checked); {_CODE}: 200 x 150 of 30,000 updates",
        paper=4 / 15,
        official=1.0,
        fixed=1.0,
        ge=0,
    )
    silent: float = choice(
        None,
        f"fraction of the run in which the term is 0; {_CODE}: 1,000 of 30,000 updates; {_PAPER}: none",
        paper=0.0,
        official=1 / 30,
        added=True,
        ge=0,
        le=1,
    )
    noise: float = cited(0.1, f"{_CODE}: the teacher's input noise, standard deviation", ge=0)
    noise_limit: float = cited(0.2, f"{_CODE}: clip of that noise", ge=0)
    view: View = cited("weak", "the paper augments both; one geometry for teacher and student keeps pixels in register")
    teacher_mode: Literal["running", "training"] = choice(
        None,
        f"{_CODE}: its batch norm takes the noisy batch's statistics; running: averaged ones",
        paper="training",
        official="training",
        fixed="running",
        added=True,
    )
    teacher_average: Literal["all", "weights"] = choice(
        None,
        f"{_CODE}: batch norm's statistics are not averaged",
        paper="weights",
        official="weights",
        fixed="all",
        added=True,
    )


def standard_normal(images: Tensor, rng: torch.Generator) -> Tensor:
    """Return numbers of mean 0 and deviation 1, of the images' shape."""
    return torch.randn(images.shape, generator=rng, device=images.device, dtype=images.dtype)


@method(
    "mean_teacher",
    title="Mean teacher",
    paper="Tarvainen & Valpola, NeurIPS 2017, arXiv 1703.01780",
    family="consistency",
)
class MeanTeacher(StudentTeacher):
    """Agree with an average of one's own past weights on noisy unlabelled slices."""

    Config: ClassVar[type[MeanTeacherConfig]] = MeanTeacherConfig
    fidelities: ClassVar[Mapping[str, Mapping[str, Any]]] = fidelities(MeanTeacherConfig)
    config: MeanTeacherConfig

    def step(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Descend the supervised loss and the squared gap to the teacher, then let the teacher follow."""
        count = len(batch.labeled)
        labeled, unlabeled = batch.view(self.config.view)
        logits = self.student(torch.cat([labeled, unlabeled]))
        target = self.taught(unlabeled + self.noise(unlabeled, clock))
        gap = squared_gap(probabilities(logits[count:]), target)
        return self.descend_and_follow(
            clock,
            supervised=segmentation_loss(logits[:count], batch.masks),
            consistency=(self.weight(clock), self.heard(clock) * gap),
        )

    def heard(self, clock: Clock) -> float | Tensor:
        """Return 1, or 0 at an update at which the unlabelled term is silent."""
        return clock.number(lambda at: float(at.progress >= self.config.silent))

    def noise(self, images: Tensor, clock: Clock) -> Tensor:
        """Return clipped Gaussian noise of the images' shape."""
        noise = clock.draw("noise", standard_normal, images) * self.config.noise
        return noise.clamp(-self.config.noise_limit, self.config.noise_limit)
