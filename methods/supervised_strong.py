"""Supervised training with a recipe as strong as the 2-D nnU-Net's (Isensee et al., Nature Methods 2021).

Of nnU-Net v2 it has the loss, deep supervision, structures in a third of each batch, and the augmentation (policy
``nnunet``), under ``fixed`` in place of ``geometric`` alone: presets of short schedules keep the policy that was chosen
for them. ``paper`` and ``official`` have its optimiser too. The network is the cell's, as everybody's here, and so are
its batch norm, the size of the slices, their scaling to [0, 1] in place of z-scores, the number of slices and of
updates: the recipe is compared, not the network. Left out are patches, the clipping of gradients at 12, mirroring and
sliding windows at test time. What is otherwise in the augmentation: docs/decisions/087.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from data.batch import Batch, View
from data.task import Task
from methods.base import Budget, Clock, Draw, Trained, cited
from methods.networks.factory import Networks
from methods.networks.segmenter import Maps
from methods.parts.deep_supervision import at_scale, cross_entropy_and_dice, scale_weights
from methods.parts.descend import descend
from methods.parts.fidelity import choice, fidelities, same
from methods.parts.one_stage import OneStage
from methods.parts.sgd import SgdConfig
from methods.registry import method

_CODE = "nnU-Net nnUNetTrainer.py @959729c"
_SHARED = "fixed: that of all methods, so that the recipe is what differs"
_LOADER: Mapping[str, Any] = {"augmentation": "nnunet"}
_FIXED: Mapping[str, Any] = {"augmentation": {"geometric": "nnunet"}}  # others suit short schedules; decisions/087


class SupervisedStrongConfig(SgdConfig):
    """Constants of supervised training with a strong recipe."""

    lr: float = cited(0.01, f"{_CODE}, initial_lr; that of all methods too", gt=0)
    momentum: float = choice(
        None, f"{_CODE}, configure_optimizers; {_SHARED}", paper=0.99, official=0.99, fixed=0.9, ge=0, lt=1
    )
    nesterov: bool = choice(None, f"{_CODE}, configure_optimizers; {_SHARED}", paper=True, official=True, fixed=False)
    weight_decay: float = choice(None, f"{_CODE}, weight_decay; {_SHARED}", paper=3e-5, official=3e-5, fixed=1e-4, ge=0)
    lr_power: float = cited(0.9, "nnU-Net polylr.py @16876f8, exponent; there a step an epoch of 250 updates", ge=0)
    lr_lag: int = same(0, "nnU-Net polylr.py @16876f8: the rate of the epoch that begins", ge=0)
    foreground: float = same(
        0.33, f"share of slices that hold a structure for sure; {_CODE}, oversample_foreground_percent", ge=0, le=1
    )
    view: View = cited("weak", f"{_CODE}, get_training_transforms: one view; policies have it as the weak one")

    def trained(self, parameters: Iterable[nn.Parameter]) -> Trained:
        """Return the optimiser of these parameters with its schedule over a stage."""
        found = super().trained(parameters)
        for group in found.optimizer.param_groups:
            group["nesterov"] = self.nesterov
        return found


@method(
    "supervised_strong",
    title="Supervised, strong recipe",
    paper="nnU-Net's recipe: Isensee et al., Nature Methods 2021",
    family="supervised",
    needs_unlabeled=False,
)
class SupervisedStrong(OneStage):
    """Learn from the labelled slices only, by nnU-Net's loss, deep supervision and choice of slices."""

    Config: ClassVar[type[SupervisedStrongConfig]] = SupervisedStrongConfig
    fidelities: ClassVar[Mapping[str, Mapping[str, Any]]] = fidelities(SupervisedStrongConfig)
    loaders: ClassVar[Mapping[str, Mapping[str, Any]]] = {"paper": _LOADER, "official": _LOADER, "fixed": _FIXED}
    config: SupervisedStrongConfig

    def __init__(self, task: Task, networks: Networks, config: SupervisedStrongConfig) -> None:
        super().__init__(task, networks, config)
        self.network = networks.segmenter()
        scales = self.network.decoder_channels[:0:-1]  # finest first, without the bottleneck
        self.weights = scale_weights(len(scales))
        self.heads = nn.ModuleList(nn.Conv2d(width, task.classes, 1) for width in scales[1:-1])

    def views(self) -> Sequence[str]:
        """Return the one view."""
        return (self.config.view,)

    def draw(self, budget: Budget) -> Draw:
        """Return labelled slices, a share of which hold a structure, and no other."""
        return Draw(budget.labeled, 0, self.views(), foreground=self.config.foreground)

    def step(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Descend the loss of all scales."""
        logits = self.scales(self.network.maps(batch.labeled.views[self.config.view]))
        losses = [cross_entropy_and_dice(one, at_scale(batch.masks, one.shape[-2:])) for one in logits]
        weighted = [weight * loss for weight, loss in zip(self.weights, losses, strict=False)]  # the last has no head
        return descend(self.optimizer, supervised=torch.stack(weighted).sum())

    def scales(self, maps: Maps) -> list[Tensor]:
        """Return the network's logits, then those of each head at its map's own size, from the finest on."""
        coarser = maps.decoder[:0:-1][1:]
        return [maps.logits, *(head(features) for head, features in zip(self.heads, coarser, strict=False))]
