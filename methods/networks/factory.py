"""Backbones by name, initialised from a seed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch

from methods.errors import MethodError
from methods.networks.segmenter import Segmenter
from methods.networks.smp import SmpSegmenter
from methods.networks.unet import UNet

Built = TypeVar("Built")


class Networks:
    """Makes the networks of one run: all of one backbone, each with its own initial weights."""

    def __init__(self, backbone: str, classes: int, *, weights: str | None, seed: int) -> None:
        self.backbone, self.classes, self.weights, self.seed = backbone, classes, weights, seed

    def segmenter(self) -> Segmenter:
        """Return a new network; call it inside ``initialize``, which fixes its random numbers."""
        if self.backbone == "unet":
            if self.weights is not None:
                raise MethodError("backbone unet has no pretrained weights; drop weights or name an encoder")
            return UNet(self.classes)
        architecture, _, encoder = self.backbone.rpartition(":")
        return SmpSegmenter(architecture or "unet", encoder, self.classes, self.weights)

    def initialize(self, build: Callable[[Networks], Built]) -> Built:
        """Call build(self) with torch's initialisers drawing from this object's seed, and from nothing else."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            return build(self)
