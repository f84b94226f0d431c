"""MONA (You et al., TPAMI 2024, arXiv 2209.13476): ACTION with neighbours among other slices, and equivariance.

Two phases, ACTION's stages ii and iii. Fine-tuning has two more terms: diversity, which draws an unlabelled slice to
those of a memory that the teacher finds nearest, and consistency, which asks that a turned slice is segmented as its
segmentation turned. Code: charlesyou999648/MONA @866fd8b, read, not run; what it does otherwise is in docs/MONA.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from data.task import Task
from methods.action import Action, Shown
from methods.base import Clock
from methods.networks.factory import Networks
from methods.parts.action_config import TWIN
from methods.parts.anchors import Bank
from methods.parts.descend import Term
from methods.parts.distillation import PROJECTIONS, Predictor
from methods.parts.equivariance import draw_grid, equivariance_loss, turned
from methods.parts.fidelity import fidelities
from methods.parts.mona_config import MonaConfig
from methods.parts.nearest import nearest_loss
from methods.parts.passes import unfollowed
from methods.parts.pixels import RepresentationHead
from methods.parts.ramp import ramped
from methods.parts.teacher import FOLLOWS, frozen_copy
from methods.registry import method


@method("mona", title="MONA", paper="You et al., TPAMI 2024, arXiv 2209.13476", family="contrastive")
class Mona(Action):
    """ACTION, with slices drawn to their nearest neighbours and segmented alike when turned."""

    Config: ClassVar[type[MonaConfig]] = MonaConfig
    fidelities: ClassVar[Mapping[str, Mapping[str, Any]]] = fidelities(MonaConfig, ("paper", "fixed"))
    loaders: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    settled_elsewhere: ClassVar[Mapping[int, tuple[str, str]]] = {}
    twin: ClassVar[Mapping[str, Any]] = {**TWIN, "nearest_weight": 0.0, "equivariance_weight": 0.0}
    config: MonaConfig
    representation: RepresentationHead

    def __init__(self, task: Task, networks: Networks, config: MonaConfig) -> None:
        super().__init__(task, networks, config)
        self.taught = frozen_copy(self.representation)
        self.predict_nearest = Predictor(config.representation, PROJECTIONS[config.projection])
        self.nearest_bank = Bank(config.nearest_bank, config.nearest_cells**2, config.representation)

    def fine_tuned(self) -> Sequence[nn.Module]:
        """Return what fine-tuning trains."""
        return *super().fine_tuned(), self.predict_nearest

    def follow(self, decay: float | Tensor) -> None:
        """Move the teacher, its representation head too."""
        super().follow(decay)
        FOLLOWS[self.config.teacher_average](self.taught, self.representation, decay)

    def further(self, shown: Shown, clock: Clock) -> Mapping[str, Term]:
        """Return the terms of diversity and of consistency, each where it weighs anything."""
        config, terms = self.config, dict[str, Term]()
        if config.nearest_weight:
            terms["nearest"] = (config.nearest_weight, self.nearest(shown))
        if config.equivariance_weight:
            weight = ramped(clock, config.equivariance_weight, config.unsupervised_ramp)
            terms["equivariance"] = (weight, self.equivariance(shown, clock))
        return terms

    def nearest(self, shown: Shown) -> Tensor:
        """Return how far unlabelled slices are from the teacher's neighbours of them, and remember the slices."""
        config, count = self.config, len(shown.labeled)
        levels = [level[count:] for level in shown.maps.decoder]
        seen = self.predict_nearest(self.representation.cells(levels, config.nearest_cells))
        with torch.no_grad(), unfollowed(self.teacher.network):
            taught = self.taught.cells(self.teacher.network.maps(shown.mixed).decoder, config.nearest_cells)
        loss = nearest_loss(seen, taught, self.nearest_bank.anchors, config.neighbors)
        self.nearest_bank.push(taught)
        return loss

    def equivariance(self, shown: Shown, clock: Clock) -> Tensor:
        """Return how far the student segments turned slices otherwise than it segments slices, on structures alone."""
        images = torch.cat([shown.labeled, shown.mixed])
        grid = clock.draw("turn", draw_grid, images, self.config.turning())
        structures = shown.membership[:, 1:].sum(1, keepdim=True)
        expected = turned(shown.maps.logits.detach().to(images.dtype), grid)
        with unfollowed(self.student.network):  # which predicts slices that lie as they were taken
            logits = self.student.network(turned(images, grid))
        return equivariance_loss(logits, expected, turned(structures, grid))
