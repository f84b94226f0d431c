"""Bidirectional copy-paste (Bai et al., CVPR 2023, arXiv 2305.00673), as its authors run it on slices (@7879f98)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn

from data.batch import Batch
from data.task import Task
from methods.base import Budget, Clock, Draw, Method, Stage, Trained
from methods.networks.factory import Networks
from methods.parts.boxes import one_box, paste
from methods.parts.components import largest_components
from methods.parts.counted import counted_cross_entropy, counted_dice
from methods.parts.descend import descend
from methods.parts.fidelity import choice, fidelities, same
from methods.parts.momentum import WithMomentum
from methods.parts.pseudo import labeled_by
from methods.parts.sgd import SgdConfig
from methods.parts.teacher import MODES, follow, frozen_copy
from methods.registry import method

_CODE = "BCP code/ACDC_BCP_train.py @7879f98"
_PAPER = "BCP, arXiv 2305.00673"


class BcpConfig(SgdConfig):
    """Constants of bidirectional copy-paste."""

    pretrain_share: float = same(10, f"{_PAPER}, {_CODE}: 10,000 updates", gt=0)
    self_train_share: float = same(30, f"{_PAPER}, {_CODE}: 30,000 updates", gt=0)
    lr_power: float = choice(
        None, f"{_CODE}: a fixed rate; ours: 0.9, as every method's here", paper=0.0, official=0.0, fixed=0.9, ge=0
    )
    side: float = same(2 / 3, f"{_PAPER}: beta; {_CODE}, generate_mask: of the pasted rectangle", gt=0, le=1)
    unlabeled_weight: float = same(0.5, f"{_PAPER}: alpha; {_CODE}: u_weight", ge=0)
    decay: float = same(0.99, f"{_PAPER}; {_CODE}: of weights and buffers, no warm-up", ge=0, lt=1)
    teacher_mode: Literal["batch", "training", "running"] = choice(
        None,
        f"how the teacher labels; {_CODE}: training; {_PAPER} says nothing; ours: as ACTION, without dropout",
        paper="training",
        official="training",
        fixed="batch",
    )
    cleaned: Literal["largest", "all"] = same("largest", f"{_PAPER}, {_CODE}: components of a class that stay")
    view: str = same("weak", f"{_CODE}: labelled and unlabelled slices are augmented alike; presets say how")


def everything(classes: Tensor) -> Tensor:
    """Return the classes as they are."""
    return classes


CLEANINGS: Mapping[str, Callable[[Tensor], Tensor]] = {"largest": largest_components, "all": everything}


def region_loss(logits: Tensor, classes: Tensor, inside: Tensor) -> Tensor:
    """Return half the sum of cross-entropy and Dice loss over a region (1, H, W)."""
    counted = inside.expand_as(classes)
    return 0.5 * (counted_cross_entropy(logits, classes, counted) + counted_dice(logits, classes, counted))


def halves(items: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return ``count`` items from the first and from the middle on; where there are too few, some again."""
    place = torch.arange(count, device=items.device)
    first, second = place % len(items), (place + len(items) // 2) % len(items)
    return items.index_select(0, first), items.index_select(0, second)


@method("bcp", title="BCP", paper="Bai et al., CVPR 2023, arXiv 2305.00673")
class BidirectionalCopyPaste(Method):
    """Paste labelled into unlabelled slices and the other way round, labels and a teacher's labels with them."""

    Config: ClassVar[type[BcpConfig]] = BcpConfig
    fidelities: ClassVar[Mapping[str, Mapping[str, Any]]] = fidelities(BcpConfig)
    loaders: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "official": {"resizing": "nearest", "test_resizing": "nearest", "augmentation": "bcp"}
    }
    twin: ClassVar[Mapping[str, Any]] = {"unlabeled_weight": 0.0}

    def __init__(self, task: Task, networks: Networks, config: BcpConfig) -> None:
        super().__init__(task, networks, config)
        self.config = config
        self.student = WithMomentum(networks.segmenter())
        self.teacher = frozen_copy(self.student.network)

    def stages(self, budget: Budget) -> Sequence[Stage]:
        """Return both stages; the second starts from the first one's best weights."""
        config = self.config
        first, second = budget.split(config.pretrain_share, config.self_train_share)
        few, both = Draw(budget.labeled, 0, (config.view,)), Draw(budget.labeled, budget.unlabeled, (config.view,))
        return [Stage("pretrain", first, few, keep="best"), Stage("self_train", second, both)]

    def begin(self, stage: Stage) -> Mapping[str, Trained]:
        """Hand over the student's optimiser; in the second stage with the momentum that the best weights had."""
        trained = self.config.trained(self.student.network.parameters())
        self.optimizer = trained.optimizer
        self.advance = {"pretrain": self.step_pretrain, "self_train": self.step_self_train}[stage.name]
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
        inside = one_box(outer, self.config.side, clock.rng)
        logits = self.student(paste(inside, inner, outer))
        values = descend(
            self.optimizer, supervised=region_loss(logits, around, ~inside) + region_loss(logits, within, inside)
        )
        self.student.remember(self.optimizer)
        return values

    def step_self_train(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Paste labelled slices into unlabelled ones and unlabelled into labelled, then let the teacher follow."""
        config = self.config
        labeled, unlabeled = batch.view(config.view)
        count = (len(unlabeled) + 1) // 2
        (image_a, image_b), (mask_a, mask_b) = halves(labeled, count), halves(batch.masks, count)
        bare_a, bare_b = halves(unlabeled, count)
        pseudo_a, pseudo_b = halves(self.pseudo_labels(unlabeled), count)
        inside = one_box(image_a, config.side, clock.rng)
        logits = self.student(torch.cat([paste(inside, image_a, bare_a), paste(inside, bare_b, image_b)]))
        inward, outward = logits[:count], logits[count:]
        known = region_loss(inward, mask_a, inside) + region_loss(outward, mask_b, ~inside)
        taught = region_loss(inward, pseudo_a, ~inside) + region_loss(outward, pseudo_b, inside)
        values = descend(self.optimizer, supervised=known, unsupervised=(config.unlabeled_weight, taught))
        follow(self.teacher, self.student.network, config.decay)
        return values

    def pseudo_labels(self, images: Tensor) -> Tensor:
        """Return the teacher's classes (N, H, W), cleaned."""
        MODES[self.config.teacher_mode](self.teacher)
        return CLEANINGS[self.config.cleaned](labeled_by(self.teacher, images)[1])

    def predictors(self) -> Mapping[str, nn.Module]:
        """Return the student, which is tested, and the teacher."""
        return {"student": self.student, "teacher": self.teacher}
