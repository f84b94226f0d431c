"""ACTION (You et al., IPMI 2023, arXiv 2206.02307): distil globally, then locally, then contrast anatomies.

Fidelity ``fixed``: the paper's intent. Where its text is silent the released code (@77730a7) decides; its slips are
mended: teacher weak and student strong, two independent views, non-linear heads that the teacher follows by average,
local similarity place by place, one teacher update a step, no warp of images without their labels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from data.batch import Batch
from data.task import Task
from methods.base import Budget, Clock, Draw, Inspected, Method, Stage, Trained
from methods.networks.factory import Networks
from methods.networks.segmenter import Maps
from methods.parts.action_config import LOADERS, SETTLED_ELSEWHERE, TWIN, ActionConfig
from methods.parts.anatomical import Sampling, anatomical_contrast
from methods.parts.descend import Term, descend
from methods.parts.distillation import (
    ANCHORS,
    PROJECTIONS,
    RELATIONS,
    Bank,
    Predictor,
    local_places,
    relation_loss,
    same_place,
)  # fmt: skip
from methods.parts.fidelity import fidelities
from methods.parts.headed import Headed
from methods.parts.mix import MIXES
from methods.parts.precision import full
from methods.parts.pseudo import IMAGE_WEIGHTS, Labeler, labeled_by, one_hot, pseudo_loss
from methods.parts.ramp import sigmoid_ramp
from methods.parts.representation import HEADS, Representer
from methods.parts.supervised import segmentation_loss
from methods.parts.teacher import FOLLOWS, MODES, frozen_copy, warm_decay
from methods.parts.warp import random_warp
from methods.registry import method


@method("action", title="ACTION", paper="You et al., IPMI 2023, arXiv 2206.02307")
class Action(Method):
    """Global and local contrastive distillation, then anatomical contrast on hard pixels with pseudo-labels."""

    Config: ClassVar[type[ActionConfig]] = ActionConfig
    fidelities: ClassVar[Mapping[str, Mapping[str, Any]]] = fidelities(ActionConfig)
    loaders: ClassVar[Mapping[str, Mapping[str, Any]]] = LOADERS
    settled_elsewhere: ClassVar[Mapping[int, tuple[str, str]]] = SETTLED_ELSEWHERE
    twin: ClassVar[Mapping[str, Any]] = TWIN

    def __init__(self, task: Task, networks: Networks, config: ActionConfig) -> None:
        super().__init__(task, networks, config)
        self.config, self.classes = config, task.classes
        self.student = Headed(networks.segmenter(), task.classes, config)
        self.teacher = frozen_copy(self.student)
        if config.teacher_heads == "trained":  # weights of their own, not the student's
            own = Headed(self.teacher.network, task.classes, config)
            self.teacher.global_head, self.teacher.local_head = own.global_head, own.local_head
        layers, anchors = PROJECTIONS[config.projection], ANCHORS[config.anchors]
        width = self.student.local_head.width
        self.predict_global = Predictor(config.embedding, layers)
        self.predict_local = Predictor(width, layers)
        self.global_bank = anchors(config.bank, 1, config.embedding)
        self.local_bank = anchors(config.bank, local_places(config.last_strip), width)
        self.representation = HEADS[config.representation_head](
            self.student.network.decoder_channels, config.representation
        )

    def stages(self, budget: Budget) -> Sequence[Stage]:
        """Return the stages that have a share; slices of both kinds add up to the same number in each."""
        config = self.config
        few, many = config.pretrain_batch, config.contrast_batch
        both = (few or budget.labeled, few or budget.unlabeled)
        contrasted = (many or budget.labeled, many or budget.unlabeled)
        unlabeled = both if config.labeled_in_global else (0, sum(both))
        pretraining, labeling = self.views(), self.stored(config.labeled_view, config.pseudo_view, config.mixed_view)
        wanted = [
            ("global", config.global_share, Draw(*unlabeled, pretraining, geometry="own")),
            ("local", config.local_share, Draw(*both, pretraining)),
            ("anatomical", config.anatomical_share, Draw(*contrasted, labeling)),
        ]
        kept = [stage for stage in wanted if stage[1]]
        updates = budget.split(*(share for _, share, _ in kept))
        return [Stage(name, count, draw) for (name, _, draw), count in zip(kept, updates, strict=True)]

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
        last, trains = stage.name == "anatomical", self.config.teacher_heads == "trained"
        weights = [weight for part in parts[stage.name] for weight in part.parameters()]
        if last and self.config.teacher_start == "student":
            self.teacher.network.load_state_dict(self.student.network.state_dict())
        trained = self.config.trained_with(
            [*weights, *(self.teacher.heads() if trains and not last else [])], nesterov=last and self.config.nesterov
        )
        self.optimizer = trained.optimizer
        return {"student": trained}

    def step(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Make one update of the current stage."""
        return self.advance(batch, clock)

    def step_global(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Stage i: relate each slice to the anchors as the teacher does."""
        self.follow(warm_decay(self.config.decay, clock.update))
        taught, seen = (torch.cat(batch.view(name)) for name in self.views()[:2])
        with torch.no_grad():
            bottleneck = self.teacher.network.encode(taught)[-1]
        target = self.taught(self.teacher.global_head, bottleneck)
        bottleneck = self.student.network.encode(seen)[-1]
        loss = self.global_loss(bottleneck, target, clock)
        values = descend(self.optimizer, globally=(self.config.pretrain_weight, loss))
        self.global_bank.push(target)
        return values

    def step_local(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Stage ii: the same for each window of the decoder's output, and learn from the labels."""
        self.follow(warm_decay(self.config.decay, clock.update))
        shown, viewed = (torch.cat(batch.view(name)) for name in self.views()[:2])
        with torch.no_grad():
            taught = self.teacher.network.maps(shown)
        whole = self.taught(self.teacher.global_head, taught.bottleneck)
        places = self.taught(self.teacher.local_head, taught.logits)
        seen = self.student.network.maps(viewed)
        values = descend(
            self.optimizer,
            supervised=segmentation_loss(seen.logits[: len(batch.labeled)], batch.masks),
            globally=(self.config.global_weight, self.global_loss(seen.bottleneck, whole, clock)),
            locally=(self.config.local_weight, self.local_loss(seen.logits, places, clock)),
        )
        self.global_bank.push(whole)
        self.local_bank.push(places)
        return values

    def step_anatomical(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Stage iii: learn from labels, from the teacher's pseudo-labels, and from contrast between structures."""
        config, count = self.config, len(batch.labeled)
        labeled, clean, strong = self.seen(batch)
        MODES[config.pseudo_mode](self.teacher)
        confidence, pseudo = labeled_by(self.teacher.network, clean)
        strong, pseudo, confidence = MIXES[config.mixing]((strong, pseudo, confidence), clock.rng)
        strong = random_warp(strong, config.warp, clock.rng)
        maps = self.student.network.maps(torch.cat([labeled, strong]))
        membership = torch.cat(
            [one_hot(batch.masks, self.classes), one_hot(pseudo, self.classes, confidence >= config.valid)]
        )
        ramp = sigmoid_ramp(clock.progress, config.unsupervised_ramp)
        counts = IMAGE_WEIGHTS[config.image_weight](confidence, config.confident)
        terms: dict[str, Term] = {
            "supervised": segmentation_loss(maps.logits[:count], batch.masks),
            "unsupervised": (config.unsupervised_weight * ramp, pseudo_loss(maps.logits[count:], pseudo, counts)),
        }
        contrasts = self.contrasts(maps, membership, count, clock) if config.contrast_weight else {}
        values = descend(self.optimizer, **terms, **{k: (config.contrast_weight, v) for k, v in contrasts.items()})
        if config.extra_forward:
            with torch.no_grad():
                self.student.network(clean)
        for _ in range(config.follows):
            self.follow(config.decay)
        return values

    def views(self) -> tuple[str, ...]:
        """Return the teacher's and the student's view in stages i and ii; of one kind, they are drawn independently."""
        teacher, student = self.config.teacher_view, self.config.student_view
        return self.stored(teacher, f"{student}_b" if student == teacher else student)

    def stored(self, *views: str) -> tuple[str, ...]:
        """Return the views, with ``plain`` among them where the geometry is to stay as stored."""
        return tuple(dict.fromkeys((*views, *(() if self.config.geometry else ("plain",)))))

    def seen(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Return stage iii's labelled slices, the unlabelled ones as the teacher sees them, and as the student does."""
        config = self.config
        labeled, _ = batch.view(config.labeled_view)
        return labeled, batch.view(config.pseudo_view)[1], batch.view(config.mixed_view)[1]

    def follow(self, decay: float) -> None:
        """Move the teacher's average; heads that are trained by gradient stay out of it."""
        average = FOLLOWS[self.config.teacher_average]
        if self.config.teacher_heads == "trained":
            average(self.teacher.network, self.student.network, decay)
        else:
            average(self.teacher, self.student, decay)

    def taught(self, head: nn.Module, features: Tensor) -> Tensor:
        """Return the teacher's embedding, a constant unless its heads are trained."""
        with torch.set_grad_enabled(self.config.teacher_heads == "trained"):
            embedding: Tensor = head(features)
        return embedding

    def global_loss(self, bottleneck: Tensor, target: Tensor, clock: Clock) -> Tensor:
        """Return the relational loss between whole slices."""
        predicted = self.predict_global(self.student.global_head(bottleneck))
        return self.relations(self.global_bank, predicted, target, clock)

    def local_loss(self, output: Tensor, target: Tensor, clock: Clock) -> Tensor:
        """Return the relational loss between windows of the decoder's output."""
        predicted = self.predict_local(self.student.local_head(output))
        return self.relations(self.local_bank, predicted, target, clock)

    def relations(self, bank: Bank, predicted: Tensor, target: Tensor, clock: Clock) -> Tensor:
        """Return KL(teacher || student) of the similarities to a bank's anchors."""
        config = self.config
        anchors = bank.pick(target, clock.rng)
        similar = same_place if bank is self.global_bank else RELATIONS[config.local_relations]
        with torch.autocast(target.device.type, enabled=False):  # a temperature of 0.01 needs more than bf16's digits
            student, teacher = similar(full(predicted), anchors), similar(full(target), anchors)
        return relation_loss(student, teacher, *self.temperatures(clock))

    def temperatures(self, clock: Clock) -> tuple[float, float]:
        """Return the student's and the teacher's temperature of an update."""
        return self.config.student_temperature, self.config.teacher_temperature

    def contrasts(self, maps: Maps, membership: Tensor, labeled: int, clock: Clock) -> Mapping[str, Tensor]:
        """Return the contrastive terms of a batch, whose first slices are the labelled ones."""
        probabilities, sampling = full(maps.logits).softmax(1), self.sampling(clock)
        args = self.representation, maps.decoder, probabilities, membership, sampling, clock.rng
        return {"contrast": anatomical_contrast(*args)}

    def sampling(self, clock: Clock) -> Sampling:
        """Return how the contrast draws and compares its pixels in an update."""
        config = self.config
        shared = self.classes if config.queries_for == "batch" else 1  # then the numbers are the whole batch's
        return Sampling(
            max(1, config.queries // shared), config.negatives, max(1, config.keys // shared), config.hard,
            config.temperature, config.negative_temperature, config.similarity, config.reduction, config.hard_by,
        )  # fmt: skip

    def predictors(self) -> Mapping[str, nn.Module]:
        """Return the student's segmentation network, which the paper scores, and the teacher's."""
        return {"student": self.student.network, "teacher": self.teacher.network}

    def inspected(self) -> Inspected:
        """Return the teacher as it labels, and the student's pixel representations."""
        labeler = Labeler(self.teacher.network, MODES[self.config.pseudo_mode])
        representer = Representer(self.student.network, self.representation)
        return Inspected(labeler, self.config.confident, representer, self.config.negative_temperature)
