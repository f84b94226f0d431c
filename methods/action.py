"""ACTION (You et al., IPMI 2023, arXiv 2206.02307): distil globally, then locally, then contrast anatomies.

Fidelity ``fixed``: the paper's intent. Where its text is silent the released code (@77730a7) decides; its slips are
mended: teacher weak and student strong, two independent views, non-linear heads that the teacher follows by average,
local similarity place by place, one teacher update a step, no warp of images without their labels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from data.batch import Batch
from data.task import Task
from methods.base import Budget, Clock, Draw, Inspected, Stage, Trained
from methods.networks.factory import Networks
from methods.networks.segmenter import Maps
from methods.parts.action_config import LOADERS, SETTLED_ELSEWHERE, TWIN, ActionConfig
from methods.parts.anatomical import Sampling, anatomical_contrast
from methods.parts.calls import CALLS, EXTRA_CALLS
from methods.parts.descend import Term, descend
from methods.parts.fidelity import fidelities
from methods.parts.jitter import ALTERATIONS
from methods.parts.labels import one_hot
from methods.parts.mix import MIXES, pasted
from methods.parts.precision import full
from methods.parts.pseudo import IMAGE_WEIGHTS, PSEUDO_LOSSES, Labeler, Mixed, labeled_by
from methods.parts.ramp import ramped
from methods.parts.relational import Relational
from methods.parts.representation import HEADS, Representer
from methods.parts.supervised import segmentation_loss
from methods.parts.teacher import MODES
from methods.parts.warp import WARPS
from methods.registry import method


class Shown(NamedTuple):
    """What stage iii's student saw, labelled slices and mixed ones (N, C, H, W), and what it made of them together.

    maps: of both, the labelled ones first. membership: 0/1 (N, classes, H, W), which pixels count for which class.
    """

    labeled: Tensor
    mixed: Tensor
    maps: Maps
    membership: Tensor


@method("action", title="ACTION", paper="You et al., IPMI 2023, arXiv 2206.02307", family="contrastive")
class Action(Relational):
    """Global and local contrastive distillation, then anatomical contrast on hard pixels with pseudo-labels."""

    Config: ClassVar[type[ActionConfig]] = ActionConfig
    fidelities: ClassVar[Mapping[str, Mapping[str, Any]]] = fidelities(ActionConfig)
    loaders: ClassVar[Mapping[str, Mapping[str, Any]]] = LOADERS
    settled_elsewhere: ClassVar[Mapping[int, tuple[str, str]]] = SETTLED_ELSEWHERE
    twin: ClassVar[Mapping[str, Any]] = TWIN
    config: ActionConfig

    def __init__(self, task: Task, networks: Networks, config: ActionConfig) -> None:
        super().__init__(task, networks, config)
        self.representation = HEADS[config.representation_head](
            self.student.network.decoder_channels, config.representation, config.enlarging
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
        updates = budget.split(*(share for _, share, _ in kept), whole=config.whole_updates)
        return [Stage(name, count, draw) for (name, _, draw), count in zip(kept, updates, strict=True)]

    def begin(self, stage: Stage) -> Mapping[str, Trained]:
        """Train the encoder and its heads, then the whole network with them, then it with the representation head."""
        taught = self.teacher.heads()  # which take no gradient where they are averaged
        parts: Mapping[str, Sequence[nn.Module]] = {
            "global": (self.student.network.encoder, self.student.global_head, self.predict_global, *taught),
            "local": (self.student, self.predict_global, self.predict_local, *taught),
            "anatomical": self.fine_tuned(),
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

    def fine_tuned(self) -> Sequence[nn.Module]:
        """Return what stage iii trains."""
        return self.student.network, self.representation

    def step(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Make one update of the current stage."""
        return self.advance(batch, clock)

    def step_anatomical(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Stage iii: learn from labels, from the teacher's pseudo-labels, and from contrast between structures."""
        config, count = self.config, len(batch.labeled)
        labeled, clean, shown = self.seen(batch)
        mixed = self.mixed(clean, shown, clock)
        maps = CALLS[config.student_calls](self.student.network, labeled, mixed.images)
        counted = mixed.confidence >= config.valid
        membership = torch.cat([one_hot(batch.masks, self.classes), one_hot(mixed.classes, self.classes, counted)])
        weights = IMAGE_WEIGHTS[config.image_weight](mixed.confidence, config.confident)
        pseudo = PSEUDO_LOSSES[config.unsupervised_over](maps.logits[count:], mixed.classes, weights)
        terms: dict[str, Term] = {
            "supervised": segmentation_loss(maps.logits[:count], batch.masks),
            "unsupervised": (ramped(clock, config.unsupervised_weight, config.unsupervised_ramp), pseudo),
        }
        contrasts = self.contrasts(maps, membership, labeled, clock) if config.contrast_weight else {}
        terms |= {name: (config.contrast_weight, value) for name, value in contrasts.items()}
        terms |= self.further(Shown(labeled, mixed.images, maps, membership), clock)
        self.pass_again(clean, mixed.images)
        values = descend(self.optimizer, **terms)
        self.follow(config.decay)
        return values

    def seen(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Return stage iii's labelled slices, the unlabelled ones as the teacher sees them, and as the student does."""
        config = self.config
        labeled, _ = batch.view(config.labeled_view)
        return labeled, batch.view(config.pseudo_view)[1], batch.view(config.mixed_view)[1]

    def contrasts(self, maps: Maps, membership: Tensor, labeled: Tensor, clock: Clock) -> Mapping[str, Tensor]:
        """Return the contrastive terms of a batch, whose first slices are the labelled ones (N, C, H, W)."""
        probabilities, sampling = full(maps.logits).softmax(1), self.sampling(clock)
        args = self.representation, maps.decoder, probabilities, membership, sampling, clock.draw
        return {"contrast": anatomical_contrast(*args)}

    def further(self, shown: Shown, clock: Clock) -> Mapping[str, Term]:
        """Return stage iii's other terms, each with its weight; what is made on ACTION adds its own here."""
        return {}

    def sampling(self, clock: Clock) -> Sampling:
        """Return how the contrast draws and compares its pixels in an update."""
        return self.config.sampling(self.classes)

    def mixed(self, clean: Tensor, shown: Tensor, clock: Clock) -> Mixed:
        """Return unlabelled slices as the student sees them in stage iii, with the teacher's labels of the clean ones.

        Slices are mixed with their labels, then altered and warped without them.
        """
        config = self.config
        MODES[config.pseudo_mode](self.teacher)
        confidence, classes = labeled_by(self.teacher.network, clean)
        inside = clock.draw("mix", MIXES[config.mixing], classes, self.classes)
        images, classes, confidence = pasted(inside, (shown, classes, confidence))
        images = clock.draw("strong", ALTERATIONS[config.alteration], images)
        return Mixed(clock.draw("warp", WARPS[config.warp_by], images, config.warp), classes, confidence)

    def pass_again(self, clean: Tensor, mixed: Tensor) -> None:
        """Call the networks and move the teacher before the step, as often as the released code does, or not at all."""
        call = EXTRA_CALLS[self.config.extra_forward]
        call(self.student.network, clean)
        call(self.teacher.network, mixed)
        for _ in range(self.config.follows - 1):
            self.follow(self.config.decay)
        call(self.teacher.network, mixed)

    def predictors(self) -> Mapping[str, nn.Module]:
        """Return the student's segmentation network, which the paper scores, and the teacher's."""
        return {"student": self.student.network, "teacher": self.teacher.network}

    def inspected(self) -> Inspected:
        """Return the teacher as it labels, and the student's pixel representations."""
        labeler = Labeler(self.teacher.network, MODES[self.config.pseudo_mode])
        representer = Representer(self.student.network, self.representation)
        return Inspected(labeler, self.config.confident, representer, self.config.negative_temperature)
