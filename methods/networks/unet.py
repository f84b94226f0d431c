"""The 2-D U-Net that ACTION and its baselines train (SSL4MIS @06df604, networks/unet.py)."""

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from methods.networks.segmenter import Maps, Segmenter

CHANNELS = (16, 32, 64, 128, 256)  # SSL4MIS networks/unet.py, class UNet
DROPOUT = (0.05, 0.1, 0.2, 0.3, 0.5)  # the same; encoder blocks only, the decoder has none


class UNet(Segmenter):
    """Five levels, two 3x3 convolutions each, max pooling down, transposed convolution up; sides divisible by 16."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        widths = (1, *CHANNELS)
        self.encoder = nn.ModuleList(
            _block(before, width, dropout) for before, width, dropout in zip(widths, CHANNELS, DROPOUT, strict=False)
        )
        self.pool = nn.MaxPool2d(2)
        deep = CHANNELS[::-1]
        pairs = list(itertools.pairwise(deep))
        self.up = nn.ModuleList(nn.ConvTranspose2d(below, width, 2, stride=2) for below, width in pairs)
        self.merge = nn.ModuleList(_block(2 * width, width, 0.0) for _, width in pairs)
        self.classify = nn.Conv2d(CHANNELS[0], classes, 3, padding=1)
        self.bottleneck_channels = CHANNELS[-1]
        self.decoder_channels = deep

    def encode(self, images: Tensor) -> Sequence[Tensor]:
        """Return the five maps at full to 1/16 resolution."""
        first, *deeper = self.encoder.children()
        encoded: list[Tensor] = [first(images)]
        for block in deeper:
            encoded.append(block(self.pool(encoded[-1])))
        return encoded

    def decode(self, encoded: Sequence[Tensor]) -> Maps:
        """Return logits at full resolution and the decoder's five maps."""
        decoder = [encoded[-1]]
        for up, merge, skip in zip(self.up, self.merge, reversed(encoded[:-1]), strict=True):
            decoder.append(merge(torch.cat([skip, up(decoder[-1])], dim=1)))
        return Maps(self.classify(decoder[-1]), encoded[-1], tuple(decoder))


def _block(channels: int, width: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, width, 3, padding=1),
        nn.BatchNorm2d(width),
        nn.LeakyReLU(),
        nn.Dropout(dropout),
        nn.Conv2d(width, width, 3, padding=1),
        nn.BatchNorm2d(width),
        nn.LeakyReLU(),
    )
