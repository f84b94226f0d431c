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
from methods.base import Budget, Clock, Draw, Inspected, Stage, Trained
from methods.networks.factory import Networks
from methods.networks.segmenter import Maps
from methods.parts.action_config import SETTLED_ELSEWHERE, TWIN, ActionConfig
from methods.parts.anatomical import Sampling, anatomical_contrast
from methods.parts.descend import Term, descend
from methods.parts.fidelity import fidelities
from methods.parts.mix import MIXES
from methods.parts.precision import full
from methods.parts.pseudo import IMAGE_WEIGHTS, Labeler, labeled_by, one_hot, pseudo_loss
from methods.parts.ramp import sigmoid_ramp
from methods.parts.relational import Relational
from methods.parts.representation import HEADS, Representer
from methods.parts.supervised import segmentation_loss
from methods.parts.teacher import MODES
from methods.parts.warp import random_warp
from methods.registry import method


@method("action", title="ACTION", paper="You et al., IPMI 2023, arXiv 2206.02307")
class Action(Relational):
    """Global and local contrastive distillation, then anatomical contrast on hard pixels with pseudo-labels."""

    Config: ClassVar[type[ActionConfig]] = ActionConfig
    fidelities: ClassVar[Mapping[str, Mapping[str, Any]]] = fidelities(ActionConfig)
    settled_elsewhere: ClassVar[Mapping[int, tuple[str, str]]] = SETTLED_ELSEWHERE
    twin: ClassVar[Mapping[str, Any]] = TWIN
    config: ActionConfig

    def __init__(self, task: Task, networks: Networks, config: ActionConfig) -> None:
        super().__init__(task, networks, config)
        self.representation = HEADS[config.representation_head](
            self.student.network.decoder_channels, config.representation
        )

    def stages(self, budget: Budget) -> Sequence[Stage]:
        """Return the stages that have a share; slices of both kinds add up to the same number in each."""
        config = self.config
        few, many = config.pretrain_batch, config.contrast_batch
        both, contrasted = (
            (few or budget.labeled, few or budget.unlabeled),
            (many or budget.labeled, many or budget.unlabeled),
        )
        unlabeled = both if config.labeled_in_global else (0, sum(both))
        pretraining, labeling = self.views(), self.stored(config.labeled_view, config.pseudo_view, config.mixed_view)
        wanted = [
            ("global", config.global_share, Draw(*unlabeled, pretraining)),
            ("local", config.local_share, Draw(*both, pretraining)),
            ("anatomical", config.anatomical_share, Draw(*contrasted, labeling)),
        ]
        kept = [stage for stage in wanted if stage[1]]
        updates = budget.split(*(share for _, share, _ in kept))
        return [Stage(name, count, draw) for (name, _, draw), count in zip(kept, updates, strict=True)]

    def begin(self, stage: Stage) -> Mapping[str, Trained]:
        """Train the encoder and its heads, then the whole network with them, then it with the representation head."""
        taught = self.teacher.heads()  # which take no gradient where they are averaged
        parts: Mapping[str, Sequence[nn.Module]] = {
            "global": (self.student.network.encoder, self.student.global_head, self.predict_global, *taught),
            "local": (self.student, self.predict_global, self.predict_local, *taught),
            "anatomical": (self.student.network, self.representation),
        }
        self.advance = {"global": self.step_global, "local": self.step_local, "anatomical": self.step_anatomical}[
            stage.name
        ]
        last = stage.name == "anatomical"
        if stage.name == "local":
            self.start_heads()
        if last and self.config.teacher_start == "student":
            self.teacher.network.load_state_dict(self.student.network.state_dict())
        weights = (weight for part in parts[stage.name] for weight in part.parameters() if weight.requires_grad)
        trained = self.config.trained_last(weights) if last else self.config.trained(weights)
        self.optimizer = trained.optimizer
        return {"student": trained}

    def step(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Make one update of the current stage."""
        return self.advance(batch, clock)

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

    def seen(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Return stage iii's labelled slices, the unlabelled ones as the teacher sees them, and as the student does."""
        config = self.config
        labeled, _ = batch.view(config.labeled_view)
        return labeled, batch.view(config.pseudo_view)[1], batch.view(config.mixed_view)[1]

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
