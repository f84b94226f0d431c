"""FixMatch (Sohn et al., NeurIPS 2020, arXiv 2001.07685), and how SSL4MIS @06df604 runs it on slices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor

from data.batch import Batch, View
from methods.base import Clock
from methods.parts.certainty import probabilities
from methods.parts.complement import COMPLEMENTS
from methods.parts.counted import counted_dice, masked_cross_entropy
from methods.parts.descend import descend
from methods.parts.fidelity import choice, fidelities, same
from methods.parts.passes import PASSES, SLICES
from methods.parts.pseudo import sure_classes
from methods.parts.supervised import segmentation_loss
from methods.parts.weak_to_strong import WeakToStrong, WeakToStrongConfig
from methods.registry import method

_CODE = "SSL4MIS train_fixmatch_standard_augs.py @06df604"
_PAPER = "FixMatch, arXiv 2001.07685"


class FixMatchConfig(WeakToStrongConfig):
    """Constants of FixMatch."""

    supervised_weight: float = choice(None, f"{_PAPER} section 2: 1; {_CODE}: CE + Dice", paper=1.0, official=2.0, ge=0)
    unsupervised_weight: float = choice(
        None, f"{_PAPER} section 4: lambda_u; {_CODE}: consistency", paper=1.0, official=0.1, ge=0
    )
    unsupervised_ramp: float = choice(
        None,
        f"fraction of the run over which it grows; {_PAPER}: none; {_CODE}: 200 x 150 of 30,000 updates",
        paper=0.0,
        official=1.0,
        ge=0,
    )
    unsupervised_steps: int = choice(
        None,
        f"equal steps of the run in which it grows, 0: smoothly; {_CODE}: 200, of 150 updates",
        paper=0,
        official=200,
        added=True,
        ge=0,
    )
    confident: float = choice(
        None,
        f"{_PAPER} section 4: tau; {_CODE}: conf_thresh, of (p - least p) / greatest p",
        paper=0.95,
        official=0.8,
        ge=0,
        le=1,
    )
    unsure: Literal["ignored", "background"] = choice(
        None, f"{_PAPER}, equation 4: left out; {_CODE}: taught as background", paper="ignored", official="background"
    )
    criterion: Literal["cross_entropy", "both"] = choice(
        None,
        f"{_PAPER}, equation 4: cross-entropy over all pixels; {_CODE}: and Dice",
        paper="cross_entropy",
        official="both",
    )
    least_likely: Literal["free", "avoided"] = choice(
        None,
        f"{_CODE}, get_comp_loss: the least likely class is avoided",
        paper="free",
        official="avoided",
    )
    passes: Literal["together", "apart"] = choice(
        None,
        f"weak and strong views in the network; {_CODE}: a pass each; ours: one, so that batch norm tells none apart",
        paper="together",
        official="apart",
        added=True,
    )
    strong_slices: Literal["unlabeled", "all"] = choice(
        None,
        f"whose strong views pass, and which the least likely class is avoided on; {_PAPER}: unlabelled; {_CODE}: all",
        paper="unlabeled",
        official="all",
        added=True,
    )
    weak_view: View = same("weak", f"{_PAPER} section 2.3, {_CODE}: what is labelled, and labelled slices")
    strong_view: View = same("strong", f"{_PAPER} section 2.3, {_CODE}: what learns the pseudo-labels")


def background(predicted: Tensor, confident: float) -> tuple[Tensor, Tensor]:
    """Return classes (N, H, W), 0 where the lead over the least likely one is too small; all pixels count."""
    sure = leads(predicted).amax(1) > confident
    return predicted.argmax(1) * sure, torch.ones_like(sure)


def leads(predicted: Tensor) -> Tensor:
    """Return each probability's lead over the least, in shares of the greatest, (N, classes, H, W)."""
    return (predicted - predicted.amin(1, keepdim=True)) / predicted.amax(1, keepdim=True)


def cross_entropy_and_dice(logits: Tensor, classes: Tensor, counted: Tensor) -> Tensor:
    """Return the sum of both over the counted pixels."""
    return masked_cross_entropy(logits, classes, counted) + counted_dice(logits, classes, counted)


Labeling = Callable[[Tensor, float], tuple[Tensor, Tensor]]
LABELINGS: Mapping[str, Labeling] = {"ignored": sure_classes, "background": background}
CRITERIA: Mapping[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "cross_entropy": masked_cross_entropy,
    "both": cross_entropy_and_dice,
}


@method("fixmatch", title="FixMatch", paper="Sohn et al., NeurIPS 2020, arXiv 2001.07685", family="pseudo-labels")
class FixMatch(WeakToStrong):
    """Learn on strong views what one is sure of on weak views."""

    Config: ClassVar[type[FixMatchConfig]] = FixMatchConfig
    fidelities: ClassVar[Mapping[str, Mapping[str, Any]]] = fidelities(FixMatchConfig)
    loaders: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "official": {"resizing": "nearest", "test_resizing": "nearest", "augmentation": "fixmatch"}
    }
    config: FixMatchConfig

    def views(self) -> Sequence[str]:
        """Return the view that is labelled and the one that learns."""
        return self.config.weak_view, self.config.strong_view

    def step(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Label the weak views, learn the labels on the strong ones."""
        config, count = self.config, len(batch.labeled)
        weak = torch.cat(batch.view(config.weak_view))
        strong = SLICES[config.strong_slices](*batch.view(config.strong_view))
        seen, learnt = PASSES[config.passes](self.student, [weak, strong])
        labeling = probabilities(seen.detach())
        classes, counted = LABELINGS[config.unsure](labeling[count:], config.confident)
        unsupervised = CRITERIA[config.criterion](learnt[-len(classes) :], classes, counted)
        avoided = COMPLEMENTS[config.least_likely](labeling[-len(strong) :], probabilities(learnt))
        return descend(
            self.optimizer,
            supervised=(config.supervised_weight, segmentation_loss(seen[:count], batch.masks)),
            unsupervised=(self.weight(clock), unsupervised + avoided),
        )
