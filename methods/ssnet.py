"""SS-Net (Wu et al., MICCAI 2022, arXiv 2203.01324), on slices as its authors run it (SS-Net @8b3ec97).

Of the paper its abstract was read; what is said of it comes from the code, and there is no fidelity ``paper``. Files of
the memory and of its loss are read in BCP @e882742 and @b446183, which keeps them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor

from data.batch import Batch
from data.task import Task
from methods.base import Clock
from methods.networks.factory import Networks
from methods.parts.adversarial import draw_direction, soft_dice_loss, steepest
from methods.parts.certainty import probabilities
from methods.parts.deep_supervision import at_scale
from methods.parts.descend import descend
from methods.parts.fidelity import fidelities
from methods.parts.one_stage import Ramped
from methods.parts.passes import unfollowed
from methods.parts.prototypes import SIGNS, Prototypes, Selectors, alike, distance, members, perceptron, rows
from methods.parts.ssnet_config import SsNetConfig
from methods.parts.supervised import CRITERIA
from methods.registry import method

SIDE = 256  # pixels of a slice to which the lengths of a perturbation belong
NOBODYS = -1  # the class of a pixel that is no candidate for a prototype


@method("ssnet", title="SS-Net", paper="Wu et al., MICCAI 2022, arXiv 2203.01324", family="consistency")
class SmoothnessAndSeparation(Ramped):
    """Predict alike where an image is moved to hurt most, and draw pixels to their class's prototypes."""

    Config: ClassVar[type[SsNetConfig]] = SsNetConfig
    fidelities: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        name: fidelities(SsNetConfig)[name] for name in ("official", "fixed")
    }
    loaders: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "official": {"resizing": "nearest", "test_resizing": "nearest", "augmentation": "bcp"}
    }
    config: SsNetConfig

    def __init__(self, task: Task, networks: Networks, config: SsNetConfig) -> None:
        super().__init__(task, networks, config)
        self.network, self.classes, width = networks.segmenter(), task.classes, config.embedding
        self.project = perceptron(self.network.decoder_channels[-1], width)
        self.predict = perceptron(width, width)
        self.selectors, self.prototype_selectors = Selectors(task.classes, width), Selectors(task.classes, width)
        self.memory = Prototypes(task.classes, config.prototypes, width)

    def step(self, batch: Batch, clock: Clock) -> Mapping[str, Tensor | float]:
        """Descend the supervised loss, the gap under a perturbation, and the distance to prototypes, on all slices."""
        config, weight = self.config, self.weight(clock)
        images = torch.cat(batch.view(config.view))
        maps = self.network.maps(images)
        predicted = probabilities(maps.logits.detach())
        away = self.separation(maps.decoder[-1], predicted.argmax(1), batch.masks)
        moved = self.smoothness(images, predicted, clock)
        return descend(
            self.optimizer,
            supervised=CRITERIA[config.supervised](maps.logits[: len(batch.masks)], batch.masks),
            smoothness=(weight, moved),
            separation=(weight * config.separation, away),
        )

    def smoothness(self, images: Tensor, predicted: Tensor, clock: Clock) -> Tensor:
        """Return the Dice loss between the prediction of perturbed images and that of the images, constants."""
        config, length = self.config, math.sqrt(images[0].numel()) / SIDE
        target = self.again(images) if config.clean == "own" else predicted
        direction = clock.draw("direction", draw_direction, images)
        with unfollowed(self.network):
            for _ in range(config.rounds):
                direction = steepest(self.network, images, target, direction, config.probe * length)
            return soft_dice_loss(probabilities(self.network(images + config.magnitude * length * direction)), target)

    @torch.no_grad()
    def again(self, images: Tensor) -> Tensor:
        """Return the probabilities of a further pass, as constants."""
        return probabilities(self.network(images))

    def separation(self, features: Tensor, guessed: Tensor, masks: Tensor) -> Tensor:
        """Return how far pixels are from their class's prototypes, by labels and by predictions, added up.

        features: (N, C, h, w), labelled slices first. guessed: predicted classes (N, H, W). masks: of labelled slices.
        """
        count, size = len(masks), features.shape[-2:]
        known, guessed = at_scale(masks, size), at_scale(guessed, size)
        self.remember(features[:count], torch.where((known == guessed[:count]) & (known > 0), known, NOBODYS))
        centres = self.memory.centres(self.weigh if self.config.prototype_weights == "learned" else alike)
        return self.apart(features[:count], known, centres) + self.apart(features[count:], guessed[count:], centres)

    @torch.no_grad()
    def remember(self, features: Tensor, classes: Tensor) -> None:
        """Choose prototypes among pixels of these classes (N, h, w)."""
        membership = members(classes, self.classes)
        vectors: Tensor = self.project.eval()(rows(features))
        self.project.train()
        self.memory.choose(vectors, membership, SIGNS[self.config.kept] * self.selectors(vectors, membership))

    def weigh(self, vectors: Tensor, membership: Tensor) -> Tensor:
        """Return what prototypes (P, width) count."""
        scores: Tensor = self.prototype_selectors(vectors, membership)
        return scores.sigmoid()

    def apart(self, features: Tensor, classes: Tensor, centres: Tensor) -> Tensor:
        """Return how far pixels are from the prototypes of these classes (N, h, w)."""
        vectors: Tensor = self.predict(self.project(rows(features)))
        membership = members(classes, self.classes)
        scores = self.selectors(vectors.detach(), membership).sigmoid()
        return distance(vectors, membership, scores, centres, self.memory.usable)
