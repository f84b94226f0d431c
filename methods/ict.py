"""Interpolation consistency training (Verma et al., IJCAI 2019, arXiv 1903.03825), as run by SSL4MIS @06df604."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor

from data.batch import Batch
from methods.base import Clock
from methods.parts.certainty import probabilities, squared_gap
from methods.parts.fidelity import choice, fidelities, same
from methods.parts.interpolate import beta_shares, interpolate
from methods.parts.one_stage import RAMP
from methods.parts.passes import DIVIDED, Divide
from methods.parts.student_teacher import StudentTeacher, StudentTeacherConfig
from methods.parts.supervised import segmentation_loss
from methods.registry import method

_CODE = "SSL4MIS train_interpolation_consistency_training_2D.py @06df604"
_PAPER = "ICT, arXiv 1903.03825"


class IctConfig(StudentTeacherConfig):
    """Constants of interpolation consistency training."""

    weight: float = choice(
        None,
        f"{_PAPER} section 3: up to 100, searched on CIFAR-10 (recalled, not checked); {_CODE}: 0.1; 10 and 100 made"
        " mean teacher predict background here (LOG.md)",
        paper=100.0,
        official=0.1,
        fixed=0.1,
        ge=0,
    )
    ramp: float = choice(
        None,
        f"{RAMP}; {_PAPER} section 3: a quarter (recalled, not checked); {_CODE}: 200 x 150 of 30,000 updates",
        paper=0.25,
        official=1.0,
        fixed=1.0,
        ge=0,
    )
    alpha: float = same(0.2, f"of Beta(alpha, alpha); {_CODE}: ict_alpha; {_PAPER} searches 0.1 to 1", gt=0)
    pairs: Literal["shuffled", "halves"] = choice(
        None,
        f"{_PAPER}, algorithm 1: each slice with another one; {_CODE}: the first half with the second",
        paper="shuffled",
        official="halves",
    )
    passes: Literal["together", "apart"] = choice(
        None,
        f"of the teacher, whose batch norm may see all slices; {_CODE}: either half in a call of its own",
        paper="together",
        official="apart",
        added=True,
    )
    decay: float = same(0.99, f"{_CODE}: ema_decay; {_PAPER}: 0.999 for longer runs", ge=0, lt=1)
    teacher_mode: Literal["running", "training"] = choice(
        None, f"{_CODE}: training; as our mean teacher", paper="training", official="training", fixed="running"
    )
    teacher_average: Literal["all", "weights"] = choice(
        None, f"{_CODE}: batch norm's statistics are not averaged", paper="weights", official="weights", fixed="all"
    )


def shuffled(items: Tensor) -> tuple[Tensor, Tensor]:
    """Return each item and the next one; a batch comes in random order."""
    return items, items.roll(-1, 0)


def halves(items: Tensor) -> tuple[Tensor, Tensor]:
    """Return the first half and the second; of an odd number the middle one stands in both."""
    half = (len(items) + 1) // 2
    return items[:half], items[-half:]


PAIRS: Mapping[str, Divide] = {"shuffled": shuffled, "halves": halves}


@method("ict", title="ICT", paper="Verma et al., IJCAI 2019, arXiv 1903.03825", family="consistency")
class InterpolationConsistency(StudentTeacher):
    """Predict for a mix of two slices the mix of a teacher's predictions."""

    Config: ClassVar[type[IctConfig]] = IctConfig
    fidelities: ClassVar[Mapping[str, Mapping[str, Any]]] = fidelities(IctConfig)
    config: IctConfig

    def step(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Descend the supervised loss and the gap at mixed slices, then let the teacher follow."""
        config, count = self.config, len(batch.labeled)
        labeled, unlabeled = batch.view(config.view)
        pairs = PAIRS[config.pairs]
        first, second = pairs(unlabeled)
        share = clock.draw("mix", beta_shares, first, config.alpha)
        logits = self.student(torch.cat([labeled, interpolate(first, second, share)]))
        target = interpolate(*DIVIDED[config.passes](self.taught, unlabeled, pairs), share)
        return self.descend_and_follow(
            clock,
            supervised=segmentation_loss(logits[:count], batch.masks),
            consistency=(self.weight(clock), squared_gap(probabilities(logits[count:]), target)),
        )
