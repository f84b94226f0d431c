"""UniMatch (Yang et al., CVPR 2023, arXiv 2208.09910), as its authors run it on slices of the heart (@0324f3d)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor

from data.batch import Batch
from methods.base import Budget, Clock, Draw
from methods.parts.boxes import BOXES, Boxes, paste
from methods.parts.certainty import probabilities
from methods.parts.channels import draw_channels, with_channels
from methods.parts.counted import counted_dice, masked_cross_entropy
from methods.parts.descend import descend
from methods.parts.fidelity import choice, fidelities, same
from methods.parts.partners import PARTNERS
from methods.parts.perturbed_pass import ROUTES
from methods.parts.pseudo import sure_classes
from methods.parts.supervised import segmentation_loss
from methods.parts.weak_to_strong import WeakToStrong, WeakToStrongConfig
from methods.registry import method

_CODE = "UniMatch more-scenarios/medical/unimatch.py @0324f3d"
_DATA = "UniMatch more-scenarios/medical/dataset/acdc.py @0324f3d"
_PAPER = "UniMatch, arXiv 2208.09910"
VIEWS = ("weak", "strong", "strong_b")


class UniMatchConfig(WeakToStrongConfig):
    """Constants of UniMatch."""

    supervised_weight: float = choice(
        None,
        f"{_PAPER}, equation 1, and {_CODE}: 1/2; ours: 1, as every method's here, and the rest in proportion",
        paper=0.5,
        official=0.5,
        fixed=1.0,
        ge=0,
    )
    unsupervised_weight: float = choice(
        None, f"{_PAPER}, equation 1, and {_CODE}: 1/2; the same", paper=0.5, official=0.5, fixed=1.0, ge=0
    )
    unsupervised_ramp: float = same(0.0, f"fraction of the run over which it grows; {_PAPER}, {_CODE}: none", ge=0)
    feature_weight: float = same(0.5, f"{_PAPER} section 3.3: lambda; {_CODE}", ge=0)
    image_weight: float = same(0.5, f"{_PAPER} section 3.3: mu, of the mean of both strong views; {_CODE}", ge=0)
    confident: float = same(0.95, f"{_PAPER} section 4; {_CODE}: conf_thresh", ge=0, le=1)
    criterion: Literal["cross_entropy", "dice"] = choice(
        None,
        f"{_PAPER}, equation 2: cross-entropy, photographs; {_CODE}: Dice",
        paper="cross_entropy",
        official="dice",
        fixed="dice",
    )
    dropped: float = same(
        0.5, f"{_PAPER} section 3.2; {_CODE}: channels dropped between encoder and decoder", ge=0, lt=1
    )
    passes: Literal["together", "apart"] = choice(
        None,
        f"who passes at once; {_CODE}: labelled and weak slices, then the strong views; ours: all, the clean and the"
        " perturbed ones too",
        paper="together",
        official="apart",
        added=True,
    )
    partner: Literal["next", "other"] = choice(
        None,
        f"whose pixels CutMix pastes; {_CODE}: those of further slices, labelled in evaluation mode; ours: those of the"
        " next in the batch",
        paper="next",
        official="other",
        added=True,
    )
    box_fit: Literal["cut", "redrawn"] = choice(
        None,
        f"a box that does not fit the image; {_CODE}: drawn again; ours: of a place where it does, cut if it is longer",
        paper="cut",
        official="redrawn",
        added=True,
    )
    box_probability: float = same(0.5, f"{_DATA}: CutMix", ge=0, le=1)
    box_least: float = same(0.02, f"{_DATA}: least area of a box", ge=0, le=1)
    box_greatest: float = same(0.4, f"{_DATA}: greatest area of a box", ge=0, le=1)
    box_narrowest: float = same(0.3, f"{_DATA}: least ratio of its sides", gt=0, le=1)

    @property
    def boxes(self) -> Boxes:
        """Return the rectangles that CutMix pastes."""
        return BOXES[self.box_fit](self.box_least, self.box_greatest, self.box_narrowest, self.box_probability)


CRITERIA: Mapping[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "cross_entropy": masked_cross_entropy,
    "dice": counted_dice,
}


@method("unimatch", title="UniMatch", paper="Yang et al., CVPR 2023, arXiv 2208.09910", family="pseudo-labels")
class UniMatch(WeakToStrong):
    """Learn on two strong views and on perturbed features what one is sure of on the weak view."""

    Config: ClassVar[type[UniMatchConfig]] = UniMatchConfig
    fidelities: ClassVar[Mapping[str, Mapping[str, Any]]] = fidelities(UniMatchConfig)
    loaders: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "official": {"resizing": "nearest", "test_resizing": "nearest", "augmentation": "unimatch"}
    }
    config: UniMatchConfig

    def views(self) -> Sequence[str]:
        """Return the view that is labelled and the two that learn."""
        return VIEWS

    def draw(self, budget: Budget) -> Draw:
        """Return what an update draws: as many unlabelled slices as the budget grants, and their partners behind."""
        draw = super().draw(budget)
        return replace(draw, unlabeled=draw.unlabeled * PARTNERS[self.config.partner].slices)

    def step(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Label the weak view, learn the labels on all others."""
        config, partner = self.config, PARTNERS[self.config.partner]
        (weak, other), *strong = [partner.split(batch.view(name)[1]) for name in VIEWS]
        boxes = [clock.draw(f"box_{k}", config.boxes.inside, weak) for k in range(len(strong))]
        foreseen = partner.foresee(self.student, other)
        mixed = [paste(inside, theirs, own) for inside, (own, theirs) in zip(boxes, strong, strict=True)]
        known, seen, *learnt, perturbed = ROUTES[config.passes](
            self.student, batch.labeled.views["weak"], [weak, *mixed], partial(self.perturbed, clock=clock)
        )
        predicted = probabilities(seen.detach())
        own, theirs = (sure_classes(one, config.confident) for one in (predicted, foreseen(predicted)))
        targets = [[paste(inside, *pair) for pair in zip(theirs, own, strict=True)] for inside in boxes]
        measure, weight = CRITERIA[config.criterion], self.weight(clock)
        images = [measure(logits, *target) for logits, target in zip(learnt, targets, strict=True)]
        return descend(
            self.optimizer,
            supervised=(config.supervised_weight, segmentation_loss(known, batch.masks)),
            images=(weight * config.image_weight, torch.stack(images).mean()),
            features=(weight * config.feature_weight, measure(perturbed, *own)),
        )

    def perturbed(self, encoded: Sequence[Tensor], clock: Clock) -> list[Tensor]:
        """Return an encoder's maps short of channels, at every level."""
        share = self.config.dropped
        return [
            with_channels(maps, clock.draw(f"channels_{level}", draw_channels, maps, share), share)
            for level, maps in enumerate(encoded)
        ]
