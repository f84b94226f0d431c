"""Backbones by name, initialised from a seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TypeVar

import torch

from methods.errors import MethodUsageError
from methods.networks.segmenter import Segmenter
from methods.networks.smp import SmpSegmenter, check_names, first_line
from methods.networks.trial import try_passes, try_weights
from methods.networks.unet import NearestUNet, TransposedUNet, UNet

Built = TypeVar("Built")
OWN: Mapping[str, Callable[[int, int], Segmenter]] = {"unet": UNet, "unet-transposed": TransposedUNet}
"""Networks of ours by name: numbers of classes and of an image's channels -> network."""
WAYS_UP: Mapping[str, Sequence[Callable[[int, int], Segmenter]]] = {
    "unet": (UNet, TransposedUNet, NearestUNet),
    "unet-transposed": (TransposedUNet, UNet, NearestUNet),
}
"""For each of them, networks of its encoder whose decoders enlarge in different ways, its own first."""
OUTSIDE: dict[str, Callable[[int, int], Segmenter]] = {}
"""The same of installed packages, those that were asked for."""


class Networks:
    """Makes the networks of one run: all of one backbone, each with its own initial weights."""

    def __init__(self, backbone: str, classes: int, *, weights: str | None, seed: int, channels: int = 1) -> None:
        self.backbone, self.classes, self.weights, self.seed = backbone, classes, weights, seed
        self.channels = channels

    def segmenter(self) -> Segmenter:
        """Return a new network; call it inside ``initialize``, which fixes its random numbers."""
        check_backbone(self.backbone, self.weights)
        make = OWN.get(self.backbone) or OUTSIDE.get(self.backbone)
        if make is not None:
            return make(self.classes, self.channels)
        return SmpSegmenter(*_parts(self.backbone), self.classes, self.weights, self.channels)

    def differing(self, count: int) -> list[Segmenter]:
        """Return new networks of one encoder whose decoders enlarge in different ways, the first as ``segmenter`` does.

        Ours have three ways; of segmentation-models-pytorch those architectures have several that name an
        interpolation. Where a backbone has fewer, or is from outside, the others differ in initial weights alone.
        """
        check_backbone(self.backbone, self.weights)
        own = [make(self.classes, self.channels) for make in WAYS_UP.get(self.backbone, ())[:count]]
        others = [self.segmenter() for _ in range(count - len(own))]
        for number, network in enumerate(others):
            if isinstance(network, SmpSegmenter) and number < len(network.interpolations()):
                network.interpolate(network.interpolations()[number])
        return [*own, *others]

    def initialize(self, build: Callable[[Networks], Built]) -> Built:
        """Call build(self) with torch's initialisers drawing from this object's seed, and from nothing else."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            return build(self)


def check_backbone(backbone: str, weights: str | None) -> None:
    """Raise MethodUsageError for a backbone, or weights of it, that nobody knows; builds nothing."""
    if backbone not in OWN and backbone not in OUTSIDE:
        check_names(*_parts(backbone), weights)
    elif weights is not None:
        raise MethodUsageError(
            f"--backbone {backbone} has no pretrained weights; drop --set weights, or name an encoder"
        )


def is_known(backbone: str) -> bool:
    """Return whether a name is that of a network of ours, or of segmentation-models-pytorch and timm."""
    if backbone in OWN:
        return True
    try:
        check_names(*_parts(backbone), None)
    except MethodUsageError:
        return False
    return True


@cache
def check_trainable(backbone: str, weights: str | None, side: int, slices: int) -> None:
    """Raise MethodUsageError for a backbone that can't train on so many square slices a pass; MethodError for weights
    that can't be fetched. Names are checked, then a network is built and passed through where no number is computed.
    """
    check_backbone(backbone, weights)
    if backbone in OWN:
        return
    with torch.random.fork_rng(devices=[]):
        try_passes(backbone, _two_classes(backbone), side, slices)
        if weights is not None:
            try_weights(*_parts(backbone), weights)


def _two_classes(backbone: str) -> Segmenter:
    if backbone not in OUTSIDE:
        return SmpSegmenter(*_parts(backbone), 2, None)
    try:
        network = OUTSIDE[backbone](2, 1)
    except Exception as error:  # whatever a stranger's constructor meets
        raise MethodUsageError(f"--backbone {backbone} cannot be built ({first_line(error)}); mend it") from None
    if not isinstance(network, Segmenter):
        raise MethodUsageError(f"--backbone {backbone} makes a {type(network).__name__}, and no methods.base.Segmenter")
    return network


def _parts(backbone: str) -> tuple[str, str]:
    architecture, _, encoder = backbone.rpartition(":")
    return architecture or "unet", encoder
