"""ACTION (You et al., IPMI 2023, arXiv 2206.02307): distil globally, then locally, then contrast anatomies.

Fidelity ``fixed``: the paper's intent. Where its text is silent the released code (@77730a7) decides; its slips are
mended: teacher weak and student strong, two independent views, non-linear heads that the teacher follows by average,
local similarity place by place, one teacher update a step, no warp of images without their labels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from data.batch import Batch
from data.task import Task
from methods.base import Budget, Clock, Draw, Method, Stage, Trained, cited
from methods.networks.factory import Networks
from methods.networks.segmenter import Segmenter
from methods.parts.anatomical import Sampling, anatomical_contrast
from methods.parts.descend import descend
from methods.parts.distillation import Bank, GlobalHead, LocalHead, Predictor, local_places, relation_loss
from methods.parts.mix import cutmix
from methods.parts.pixels import RepresentationHead
from methods.parts.ramp import sigmoid_ramp
from methods.parts.sgd import SgdConfig
from methods.parts.supervised import segmentation_loss
from methods.parts.teacher import follow, frozen_copy, warm_decay, without_dropout
from methods.registry import method

_CODE = "ACTION code @77730a7"
_PAPER = "ACTION, arXiv 2206.02307"


class ActionConfig(SgdConfig):
    """Constants of ACTION."""

    global_share: float = cited(100, f"{_PAPER} section 3: epochs of stage i", gt=0)
    local_share: float = cited(100, f"{_PAPER} section 3: epochs of stage ii", gt=0)
    anatomical_share: float = cited(200, f"{_PAPER} section 3: epochs of stage iii", gt=0)
    decay: float = cited(0.99, f"{_PAPER} section 3: teacher momentum", ge=0, lt=1)
    bank: int = cited(36, f"{_PAPER} section 3: size of the memory bank", ge=1)
    student_temperature: float = cited(0.1, f"{_PAPER} section 3: tau_s", gt=0)
    teacher_temperature: float = cited(0.01, f"{_PAPER} section 3: tau_t", gt=0)
    embedding: int = cited(512, f"{_CODE} model.py: width of the global embedding", ge=1)
    global_weight: float = cited(1.0, f"ARCO, arXiv 2302.01735: L_global + L_local + L_sup; {_CODE} k1", ge=0)
    local_weight: float = cited(1.0, "the same", ge=0)
    representation: int = cited(512, f"{_PAPER} section 3: width of the representation head", ge=1)
    queries: int = cited(256, f"{_CODE} train_2D_action.py: hard queries a class", ge=1)
    negatives: int = cited(512, f"{_CODE} train_2D_action.py: negatives a query", ge=1)
    keys: int = cited(512, "ours: pixels a class from which an update's negatives are drawn, fresh each update", ge=1)
    temperature: float = cited(0.5, f"{_PAPER} section 3: tau of the anatomical contrast", gt=0)
    hard: float = cited(0.97, f"{_PAPER} section 2.2: theta_s; {_CODE}: on the student's probability", gt=0, le=1)
    confident: float = cited(0.97, f"{_CODE}: share of pixels above it weighs an image's pseudo-labels", ge=0, le=1)
    valid: float = cited(0.7, f"{_CODE}: least teacher confidence of an unlabelled pixel in the contrast", ge=0, le=1)
    contrast_weight: float = cited(0.01, f"ARCO, arXiv 2302.01735 and {_CODE}; ACTION++ writes equal weights", ge=0)
    unsupervised_weight: float = cited(1.0, f"{_CODE} train_2D_action.py", ge=0)
    unsupervised_ramp: float = cited(
        0.0, "ours: fraction of stage iii over which that weight grows; paper and code have none", ge=0, le=1
    )


class Headed(nn.Module):
    """A segmentation network with the two embedding heads; student and teacher have one each."""

    def __init__(self, network: Segmenter, classes: int, width: int) -> None:
        super().__init__()
        self.network = network
        self.global_head = GlobalHead(network.bottleneck_channels, width)
        self.local_head = LocalHead(classes)


@method("action", title="ACTION", paper="You et al., IPMI 2023, arXiv 2206.02307")
class Action(Method):
    """Global and local contrastive distillation, then anatomical contrast on hard pixels with pseudo-labels."""

    Config: ClassVar[type[ActionConfig]] = ActionConfig

    def __init__(self, task: Task, networks: Networks, config: ActionConfig) -> None:
        super().__init__(task, networks, config)
        self.config, self.classes = config, task.classes
        self.student = Headed(networks.segmenter(), task.classes, config.embedding)
        self.teacher = frozen_copy(self.student)
        self.predict_global = Predictor(config.embedding)
        self.predict_local = Predictor(self.student.local_head.width)
        self.global_bank = Bank(config.bank, 1, config.embedding)
        self.local_bank = Bank(config.bank, local_places(), self.student.local_head.width)
        self.representation = RepresentationHead(self.student.network.decoder_channels, config.representation)

    def stages(self, budget: Budget) -> Sequence[Stage]:
        """Return the three stages; the first sees unlabelled slices only, as many as the others see of both kinds."""
        config = self.config
        updates = budget.split(config.global_share, config.local_share, config.anatomical_share)
        both, views = (budget.labeled, budget.unlabeled), ("weak", "strong")
        draws = (Draw(0, sum(both), views), Draw(*both, views), Draw(*both, views))
        names = ("global", "local", "anatomical")
        return [Stage(*stage) for stage in zip(names, updates, draws, strict=True)]

    def begin(self, stage: Stage) -> Mapping[str, Trained]:
        """Train the encoder and its heads, then the whole network with them, then it with the representation head."""
        parts: Mapping[str, Sequence[nn.Module]] = {
            "global": (self.student.network.encoder, self.student.global_head, self.predict_global),
            "local": (self.student, self.predict_global, self.predict_local),
            "anatomical": (self.student.network, self.representation),
        }
        self.advance = {"global": self.step_global, "local": self.step_local, "anatomical": self.step_anatomical}[
            stage.name
        ]
        trained = self.config.trained(weight for part in parts[stage.name] for weight in part.parameters())
        self.optimizer = trained.optimizer
        return {"student": trained}

    def step(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Make one update of the current stage."""
        return self.advance(batch, clock)

    def step_global(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Stage i: relate each slice to the anchors as the teacher does."""
        follow(self.teacher, self.student, warm_decay(self.config.decay, clock.update))
        weak, strong = (batch.view(name)[1] for name in ("weak", "strong"))
        with torch.no_grad():
            target = self.teacher.global_head(self.teacher.network.encode(weak)[-1])
        bottleneck = self.student.network.encode(strong)[-1]
        values = descend(self.optimizer, globally=self.global_loss(bottleneck, target))
        self.global_bank.push(target)
        return values

    def step_local(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Stage ii: the same for each window of the decoder's output, and learn from the labels."""
        follow(self.teacher, self.student, warm_decay(self.config.decay, clock.update))
        weak, strong = (torch.cat(batch.view(name)) for name in ("weak", "strong"))
        with torch.no_grad():
            taught = self.teacher.network.maps(weak)
            targets = self.teacher.global_head(taught.bottleneck), self.teacher.local_head(taught.logits)
        seen = self.student.network.maps(strong)
        values = descend(
            self.optimizer,
            supervised=segmentation_loss(seen.logits[: len(batch.labeled)], batch.masks),
            globally=(self.config.global_weight, self.global_loss(seen.bottleneck, targets[0])),
            locally=(self.config.local_weight, self.local_loss(seen.logits, targets[1])),
        )
        self.global_bank.push(targets[0])
        self.local_bank.push(targets[1])
        return values

    def step_anatomical(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Stage iii: learn from labels, from the teacher's pseudo-labels, and from contrast between structures."""
        config, count = self.config, len(batch.labeled)
        (labeled, weak), (_, strong) = batch.view("weak"), batch.view("strong")
        without_dropout(self.teacher)
        with torch.no_grad():
            confidence, pseudo = self.teacher.network(weak).float().softmax(1).max(1)
        strong, pseudo, confidence = cutmix((strong, pseudo, confidence), clock.rng)
        seen = self.student.network.maps(torch.cat([labeled, strong]))
        membership = torch.cat([self.one_hot(batch.masks), self.one_hot(pseudo, confidence >= config.valid)])
        ramp = sigmoid_ramp(clock.progress, config.unsupervised_ramp)
        contrast = anatomical_contrast(
            self.representation, seen.decoder, seen.logits.float().softmax(1), membership, self.sampling(), clock.rng
        )
        values = descend(
            self.optimizer,
            supervised=segmentation_loss(seen.logits[:count], batch.masks),
            unsupervised=(config.unsupervised_weight * ramp, self.pseudo_loss(seen.logits[count:], pseudo, confidence)),
            contrast=(config.contrast_weight, contrast),
        )
        follow(self.teacher, self.student, config.decay)
        return values

    def global_loss(self, bottleneck: Tensor, target: Tensor) -> Tensor:
        """Return the relational loss between whole slices."""
        predicted = self.predict_global(self.student.global_head(bottleneck))
        return self.relations(self.global_bank, predicted, target)

    def local_loss(self, output: Tensor, target: Tensor) -> Tensor:
        """Return the relational loss between windows of the decoder's output."""
        return self.relations(self.local_bank, self.predict_local(self.student.local_head(output)), target)

    def relations(self, bank: Bank, predicted: Tensor, target: Tensor) -> Tensor:
        """Return KL(teacher || student) of the similarities to a bank's anchors."""
        config = self.config
        temperatures = config.student_temperature, config.teacher_temperature
        return relation_loss(bank.similarity(predicted), bank.similarity(target), *temperatures)

    def pseudo_loss(self, logits: Tensor, pseudo: Tensor, confidence: Tensor) -> Tensor:
        """Return cross-entropy to the pseudo-labels, each image weighed by its share of confident pixels."""
        share = (confidence >= self.config.confident).float().mean((1, 2))
        losses = functional.cross_entropy(logits.float(), pseudo, reduction="none").mean((1, 2))
        return (share * losses).mean()

    def one_hot(self, classes: Tensor, counted: Tensor | None = None) -> Tensor:
        """Return 0/1 membership (N, classes, H, W), zero where a pixel is not counted."""
        membership = functional.one_hot(classes, self.classes).movedim(-1, 1).float()
        return membership if counted is None else membership * counted.unsqueeze(1)

    def sampling(self) -> Sampling:
        """Return how the contrast draws its pixels."""
        config = self.config
        return Sampling(config.queries, config.negatives, config.keys, config.hard, config.temperature)

    def predictors(self) -> Mapping[str, nn.Module]:
        """Return the student's segmentation network, which the paper scores, and the teacher's."""
        return {"student": self.student.network, "teacher": self.teacher.network}
