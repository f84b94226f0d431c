"""Networks that are sure of many pixels before they learned, so that what waits for sure pixels is seen to act."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import torch
from torch import Tensor, nn
from torch.func import functional_call

SPREAD = 6.0
"""Standard deviation of logits: of four classes half of the pixels are then sure to 0.95, a fifth to 0.999."""


class Spread:
    """What a layer gives, farther apart by a factor that its first call finds; gradients pass as they are."""

    def __init__(self) -> None:
        self.factor: float | None = None

    def __call__(self, layer: nn.Module, given: object, found: Tensor) -> Tensor:
        """Return the values of the layer, spread."""
        if self.factor is None:
            wide = float(found.detach().std())
            self.factor = SPREAD / wide if 0 < wide < math.inf else 1.0
        return found + (self.factor - 1) * found.detach()

    def __deepcopy__(self, memo: object) -> Spread:
        """Return the same: a teacher that is copied from a student is as sure."""
        return self


def spread(method: nn.Module, channels: int, classes: int, side: int) -> None:
    """Let each layer that gives as many values as there are classes give them far apart, whoever asks it.

    How far is found on the same slices each time, with batch norm as it is at the moment, so that two methods of one
    seed are as sure as each other, whatever they are trained on. A layer that no network of images leads to stays.
    """
    spreads = {part: Spread() for part in method.modules() if _values_of(part) == classes}
    for part, one in spreads.items():
        part.register_forward_hook(one)
    images = torch.rand(2, channels, side, side, generator=torch.Generator().manual_seed(0))
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        for part in method.modules():
            if any(spreads[own].factor is None for own in part.modules() if own in spreads):
                with suppress(Exception), _left_as_is(part):  # of what takes no images
                    functional_call(part, {name: one.clone() for name, one in part.named_buffers()}, images)
    for one in spreads.values():
        one.factor = one.factor or 1.0


@contextmanager
def _left_as_is(network: nn.Module) -> Iterator[None]:
    """Leave what a network's parts keep as it was, by reference: to copy a network costs more than a pass of it."""
    kept = [(vars(part), dict(vars(part))) for part in network.modules()]
    try:
        yield
    finally:
        for now, before in kept:
            now.clear()
            now.update(before)


def _values_of(layer: nn.Module) -> int:
    """Return how many values a layer gives a pixel, or a vector; 0 for what is no such layer."""
    is_layer = isinstance(layer, nn.Linear | nn.modules.conv._ConvNd)
    return int(getattr(layer, "out_features", 0) or getattr(layer, "out_channels", 0)) if is_layer else 0
