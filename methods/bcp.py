"""Bidirectional copy-paste (Bai et al., CVPR 2023, arXiv 2305.00673), as its authors run it on slices (@7879f98)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from data.batch import Batch
from data.task import Task
from methods.base import Budget, Clock, Draw, Method, Stage, Trained
from methods.networks.factory import Networks
from methods.parts.bcp_config import CLEANINGS, BcpConfig
from methods.parts.boxes import one_box, paste
from methods.parts.copy_paste import halves, region_loss
from methods.parts.descend import descend
from methods.parts.fidelity import fidelities
from methods.parts.momentum import WithMomentum
from methods.parts.passes import DIVIDED
from methods.parts.pseudo import labeled_by
from methods.parts.teacher import MODES, follow, frozen_copy
from methods.registry import method


@method("bcp", title="BCP", paper="Bai et al., CVPR 2023, arXiv 2305.00673", family="mixing")
class BidirectionalCopyPaste(Method):
    """Paste labelled into unlabelled slices and the other way round, labels and a teacher's labels with them."""

    Config: ClassVar[type[BcpConfig]] = BcpConfig
    fidelities: ClassVar[Mapping[str, Mapping[str, Any]]] = fidelities(BcpConfig)
    loaders: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "official": {"resizing": "nearest", "test_resizing": "nearest", "augmentation": "bcp"}
    }
    twin: ClassVar[Mapping[str, Any]] = {"unlabeled_weight": 0.0, "pasted": "labeled"}
    twin_caveats: ClassVar[Mapping[str, str]] = {
        "passes": "its teacher labels nothing, so that it takes the student's statistics and none of unlabelled slices"
    }

    def __init__(self, task: Task, networks: Networks, config: BcpConfig) -> None:
        super().__init__(task, networks, config)
        self.config = config
        self.student = WithMomentum(networks.segmenter())
        self.teacher = frozen_copy(self.student.network)

    def stages(self, budget: Budget) -> Sequence[Stage]:
        """Return both stages; the second starts from the first one's weights that are kept."""
        config = self.config
        first, second = budget.split(config.pretrain_share, config.self_train_share, whole=config.whole_updates)
        few, both = Draw(budget.labeled, 0, (config.view,)), Draw(budget.labeled, budget.unlabeled, (config.view,))
        return [Stage("pretrain", first, few, keep=config.keep), Stage("self_train", second, both)]

    def begin(self, stage: Stage) -> Mapping[str, Trained]:
        """Hand over the student's optimiser; in the second stage with the momentum that the kept weights had."""
        trained = self.config.trained(self.student.network.parameters())
        self.optimizer = trained.optimizer
        second = {"unlabeled": self.step_self_train, "labeled": self.step_labeled}[self.config.pasted]
        self.advance = {"pretrain": self.step_pretrain, "self_train": second}[stage.name]
        if stage.name == "self_train":
            self.student.recall(self.optimizer)
            self.teacher.load_state_dict(self.student.network.state_dict())
        return {"student": trained}

    def step(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Make one update of the current stage."""
        return self.advance(batch, clock)

    def step_pretrain(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Paste one half of the labelled slices into the other."""
        images = batch.labeled.views[self.config.view]
        count = (len(images) + 1) // 2
        (outer, inner), (around, within) = halves(images, count), halves(batch.masks, count)
        inside = clock.draw("box", one_box, outer, self.config.side)
        logits = self.student(paste(inside, inner, outer))
        values = descend(
            self.optimizer, supervised=self.loss(logits, around, ~inside) + self.loss(logits, within, inside)
        )
        self.student.remember(self.optimizer)
        return values

    def step_self_train(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Paste labelled slices into unlabelled ones and unlabelled into labelled, then let the teacher follow."""
        config, passed = self.config, DIVIDED[self.config.passes]
        labeled, unlabeled = batch.view(config.view)
        half = partial(halves, count=(len(unlabeled) + 1) // 2)
        (image_a, image_b), (mask_a, mask_b) = half(labeled), half(batch.masks)
        bare_a, bare_b = half(unlabeled)
        pseudo_a, pseudo_b = passed(self.pseudo_labels, unlabeled, half)
        inside = clock.draw("box", one_box, image_a, config.side)
        mixed = torch.cat([paste(inside, image_a, bare_a), paste(inside, bare_b, image_b)])
        inward, outward = passed(self.student, mixed, half)
        known = self.loss(inward, mask_a, inside) + self.loss(outward, mask_b, ~inside)
        taught = self.loss(inward, pseudo_a, ~inside) + self.loss(outward, pseudo_b, inside)
        values = descend(self.optimizer, supervised=known, unsupervised=(config.unlabeled_weight, taught))
        follow(self.teacher, self.student.network, config.decay)
        return values

    def step_labeled(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Go on with labelled slices alone: paste either half into the other, then let the teacher follow."""
        labeled, unlabeled = batch.view(self.config.view)
        count = (len(unlabeled) + 1) // 2
        (image_a, image_b), (mask_a, mask_b) = halves(labeled, count), halves(batch.masks, count)
        inside = clock.draw("box", one_box, image_a, self.config.side)
        both = torch.cat([paste(inside, image_a, image_b), paste(inside, image_b, image_a)])
        logits = torch.cat(DIVIDED[self.config.passes](self.student, both, partial(halves, count=count)))
        within, around = torch.cat([mask_a, mask_b]), torch.cat([mask_b, mask_a])
        values = descend(
            self.optimizer, supervised=self.loss(logits, within, inside) + self.loss(logits, around, ~inside)
        )
        follow(self.teacher, self.student.network, self.config.decay)
        return values

    def loss(self, logits: Tensor, classes: Tensor, inside: Tensor) -> Tensor:
        """Return the loss over a region (1, H, W)."""
        return region_loss(logits, classes, inside, self.config.dice_smooth)

    def pseudo_labels(self, images: Tensor) -> Tensor:
        """Return the teacher's classes (N, H, W), cleaned."""
        MODES[self.config.teacher_mode](self.teacher)
        return CLEANINGS[self.config.cleaned](labeled_by(self.teacher, images)[1])

    def predictors(self) -> Mapping[str, nn.Module]:
        """Return the student, which is tested, and the teacher."""
        return {"student": self.student, "teacher": self.teacher}
