"""The evaluation network of DAN (SSL4MIS networks/discriminator.py, class FCDiscriminator @06df604)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from methods.parts.precision import full

WIDTH = 64  # the same, ndf
DROPOUT = 0.5  # the same, of channels
SLOPE = 0.2  # the same, LeakyReLU
PLACES = 2  # side of the pooled map; there a 7 x 7 window with stride 7 on the 16 x 16 places of a 256-pixel image


class Critic(nn.Module):
    """Tells whether a probability map belongs to an image that has a label: logits (N, 2), the second for yes."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.of_map, self.of_image = _halving(classes, WIDTH), _halving(1, WIDTH)
        self.deeper = nn.Sequential(
            *_active(dropout=True),
            _halving(WIDTH, 2 * WIDTH),
            *_active(dropout=True),
            _halving(2 * WIDTH, 4 * WIDTH),
            *_active(dropout=True),
            _halving(4 * WIDTH, 8 * WIDTH),
            *_active(dropout=False),
        )
        self.classify = nn.Linear(8 * WIDTH * PLACES**2, 2)

    def forward(self, maps: Tensor, images: Tensor) -> Tensor:
        """Return logits (N, 2) of probability maps (N, classes, H, W) of images (N, 1, H, W); sides divisible by 32."""
        features = self.deeper(self.of_map(maps) + self.of_image(images))
        window = [side // PLACES for side in features.shape[-2:]]  # adaptive pooling sums in no fixed order on CUDA
        judged: Tensor = self.classify(functional.avg_pool2d(features, window).flatten(1))
        return judged


def _halving(channels: int, width: int) -> nn.Conv2d:
    return nn.Conv2d(channels, width, 4, stride=2, padding=1)


def _active(*, dropout: bool) -> list[nn.Module]:
    return [nn.LeakyReLU(SLOPE), *([nn.Dropout2d(DROPOUT)] if dropout else [])]


def verdict_loss(judged: Tensor, labeled: int) -> Tensor:
    """Return cross-entropy to "has a label" for the first slices and "has none" for the others; judged: (N, 2)."""
    truth = (torch.arange(len(judged), device=judged.device) < labeled).long()
    return functional.cross_entropy(full(judged), truth)
