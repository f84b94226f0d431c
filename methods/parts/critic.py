"""The evaluation network of DAN (SSL4MIS networks/discriminator.py, class FCDiscriminator @06df604)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from methods.parts.precision import full

WIDTH = 64  # the same, ndf
DROPOUT = 0.5  # the same, of channels
SLOPE = 0.2  # the same, LeakyReLU
WINDOW = 7  # the same, AvgPool2d: of the 14 x 14 places of a 224-pixel image all, of 16 x 16 the first 14
PLACES = 2  # side of the pooled map


def halved(features: Tensor) -> Tensor:
    """Return the mean of each quarter of (N, C, h, w), whatever its size; an odd side's last row or column is left."""
    window = [side // PLACES for side in features.shape[-2:]]  # adaptive pooling sums in no fixed order on CUDA
    return functional.avg_pool2d(features, window)


def in_windows(features: Tensor) -> Tensor:
    """Return the means of windows as there, where two and no more fit along each side; elsewhere those of quarters."""
    fits = all(side // WINDOW == PLACES for side in features.shape[-2:])
    return functional.avg_pool2d(features, WINDOW) if fits else halved(features)


POOLINGS: Mapping[str, Callable[[Tensor], Tensor]] = {"quarters": halved, "windows": in_windows}


class Critic(nn.Module):
    """Tells whether a probability map belongs to an image that has a label: logits (N, 2), the second for yes."""

    def __init__(self, classes: int, joined: str = "plain", pooling: str = "quarters", channels: int = 1) -> None:
        super().__init__()
        self.pool = POOLINGS[pooling]
        self.of_map, self.of_image = _halving(classes, WIDTH), _halving(channels, WIDTH)
        self.deeper = nn.Sequential(
            *SUMS[joined](),
            _halving(WIDTH, 2 * WIDTH),
            *_active(dropout=True),
            _halving(2 * WIDTH, 4 * WIDTH),
            *_active(dropout=True),
            _halving(4 * WIDTH, 8 * WIDTH),
            *_active(dropout=False),
        )
        self.classify = nn.Linear(8 * WIDTH * PLACES**2, 2)

    def forward(self, maps: Tensor, images: Tensor) -> Tensor:
        """Return logits (N, 2) of probability maps (N, classes, H, W) of images (N, C, H, W); sides divisible by 32."""
        features = self.deeper(self.of_map(maps) + self.of_image(images))
        judged: Tensor = self.classify(self.pool(features).flatten(1))
        return judged


def _halving(channels: int, width: int) -> nn.Conv2d:
    return nn.Conv2d(channels, width, 4, stride=2, padding=1)


def _active(*, dropout: bool) -> list[nn.Module]:
    return [nn.LeakyReLU(SLOPE), *([nn.Dropout2d(DROPOUT)] if dropout else [])]


def _straight() -> list[nn.Module]:
    return []


def _as_elsewhere() -> list[nn.Module]:
    return _active(dropout=True)


SUMS: Mapping[str, Callable[[], list[nn.Module]]] = {"plain": _straight, "active": _as_elsewhere}
"""What stands between the sum of both branches and the next layer; the code's critic of volumes has an activation."""


def verdict_loss(judged: Tensor, labeled: int) -> Tensor:
    """Return cross-entropy to "has a label" for the first slices and "has none" for the others; judged: (N, 2)."""
    truth = (torch.arange(len(judged), device=judged.device) < labeled).long()
    return functional.cross_entropy(full(judged), truth)
