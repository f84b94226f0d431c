"""UniMatch (Yang et al., CVPR 2023, arXiv 2208.09910), as its authors run it on slices of the heart (@0324f3d)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor

from data.batch import Batch
from methods.base import Clock
from methods.parts.boxes import Boxes, paste
from methods.parts.certainty import probabilities
from methods.parts.channels import drop_channels
from methods.parts.counted import counted_dice, masked_cross_entropy
from methods.parts.descend import descend
from methods.parts.fidelity import choice, fidelities, same
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
    box_probability: float = same(0.5, f"{_DATA}: CutMix", ge=0, le=1)
    box_least: float = same(0.02, f"{_DATA}: least area of a box", ge=0, le=1)
    box_greatest: float = same(0.4, f"{_DATA}: greatest area of a box", ge=0, le=1)
    box_narrowest: float = same(0.3, f"{_DATA}: least ratio of its sides", gt=0, le=1)

    @property
    def boxes(self) -> Boxes:
        """Return the rectangles that CutMix pastes."""
        return Boxes(self.box_least, self.box_greatest, self.box_narrowest, self.box_probability)


CRITERIA: Mapping[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "cross_entropy": masked_cross_entropy,
    "dice": counted_dice,
}


@method("unimatch", title="UniMatch", paper="Yang et al., CVPR 2023, arXiv 2208.09910")
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

    def step(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Label the weak view, learn the labels on all others; all views pass at once."""
        config = self.config
        labeled, weak = batch.view("weak")
        strong = [batch.view(name)[1] for name in VIEWS[1:]]
        boxes = [config.boxes.inside(weak, clock.rng) for _ in strong]
        known, seen, *learnt, perturbed = self.logits(labeled, weak, _mixed(boxes, strong), clock)
        classes, sure = sure_classes(probabilities(seen.detach()), config.confident)
        measure, weight = CRITERIA[config.criterion], self.weight(clock)
        targets = zip(learnt, _mixed(boxes, [classes] * 2), _mixed(boxes, [sure] * 2), strict=True)
        return descend(
            self.optimizer,
            supervised=(config.supervised_weight, segmentation_loss(known, batch.masks)),
            images=(weight * config.image_weight, torch.stack([measure(*target) for target in targets]).mean()),
            features=(weight * config.feature_weight, measure(perturbed, classes, sure)),
        )

    def logits(self, labeled: Tensor, weak: Tensor, strong: Sequence[Tensor], clock: Clock) -> Sequence[Tensor]:
        """Return those of the labelled slices, the weak view, each strong one, and the weak one short of channels."""
        counts = [len(labeled), *[len(weak)] * (len(strong) + 2)]
        encoded = self.student.encode(torch.cat([labeled, weak, *strong]))
        clean = [level[counts[0] : counts[0] + counts[1]] for level in encoded]
        perturbed = drop_channels(clean, self.config.dropped, clock.rng)
        both = [torch.cat(pair) for pair in zip(encoded, perturbed, strict=True)]
        return torch.split(self.student.decode(both).logits, counts)


def _mixed(boxes: Sequence[Tensor], items: Sequence[Tensor]) -> list[Tensor]:
    """Return each tensor with the next item's pixels inside its boxes."""
    return [paste(inside, item.roll(-1, 0), item) for inside, item in zip(boxes, items, strict=True)]
