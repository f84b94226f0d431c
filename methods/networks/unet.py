"""The 2-D U-Net that ACTION and its baselines train (SSL4MIS @06df604, networks/unet.py)."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from methods.networks.dropout import Dropout
from methods.networks.enlargement import enlarged
from methods.networks.segmenter import Maps, Segmenter

CHANNELS = (16, 32, 64, 128, 256)  # SSL4MIS networks/unet.py, class UNet @06df604
DROPOUT = (0.05, 0.1, 0.2, 0.3, 0.5)  # the same; encoder blocks only, the decoder has none
PAIRS = tuple(itertools.pairwise(CHANNELS[::-1]))  # channels of a decoder block's deeper map and of its skip
Enlarge = Callable[[Tensor, tuple[int, int]], Tensor]
"""Maps (N, C, h, w) and a size -> the maps at that size."""


def repeated(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """Return maps (N, C, h, w) at a size by repeating the nearest."""
    return functional.interpolate(maps, size)


ENLARGE: Mapping[str, Enlarge] = {"bilinear": enlarged, "nearest": repeated}


class Contracting(Segmenter):
    """An encoder of five levels, two 3x3 convolutions each and max pooling between; sides divisible by 16."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        widths = (channels, *CHANNELS)
        self.encoder = nn.ModuleList(
            _block(before, width, dropout) for before, width, dropout in zip(widths, CHANNELS, DROPOUT, strict=False)
        )
        self.pool = nn.MaxPool2d(2)
        self.bottleneck_channels = CHANNELS[-1]
        self.decoder_channels = CHANNELS[::-1]

    def encode(self, images: Tensor) -> Sequence[Tensor]:
        """Return the five maps at full to 1/16 resolution."""
        first, *deeper = self.encoder.children()
        encoded: list[Tensor] = [first(images)]
        for block in deeper:
            encoded.append(block(self.pool(encoded[-1])))
        return encoded


class UNet(Contracting):
    """1x1 convolution and bilinear enlargement on the way up: the released network, 1,813,764 weights at 4 classes."""

    way_up: ClassVar[str] = "bilinear"

    def __init__(self, classes: int, channels: int = 1) -> None:
        super().__init__(channels)
        self.decoder = nn.ModuleList(_Up(below, width, ENLARGE[self.way_up]) for below, width in PAIRS)
        self.classify = nn.Conv2d(CHANNELS[0], classes, 3, padding=1)

    def decode(self, encoded: Sequence[Tensor]) -> Maps:
        """Return logits at full resolution and the decoder's five maps."""
        decoder = [encoded[-1]]
        for up, skip in zip(self.decoder, reversed(encoded[:-1]), strict=True):
            decoder.append(up(decoder[-1], skip))
        return Maps(self.classify(decoder[-1]), encoded[-1], tuple(decoder))


class NearestUNet(UNet):
    """The same, enlarged by repeating the nearest: a third decoder (MC-Net networks/unet.py @3253f74)."""

    way_up: ClassVar[str] = "nearest"


class TransposedUNet(Contracting):
    """Transposed convolution on the way up, 1,944,324 weights; what ``unet`` was in records before 2026-11-27."""

    def __init__(self, classes: int, channels: int = 1) -> None:
        super().__init__(channels)
        self.up = nn.ModuleList(nn.ConvTranspose2d(below, width, 2, stride=2) for below, width in PAIRS)
        self.merge = nn.ModuleList(_block(2 * width, width, 0.0) for _, width in PAIRS)
        self.classify = nn.Conv2d(CHANNELS[0], classes, 3, padding=1)

    def decode(self, encoded: Sequence[Tensor]) -> Maps:
        """Return logits at full resolution and the decoder's five maps."""
        decoder = [encoded[-1]]
        for up, merge, skip in zip(self.up, self.merge, reversed(encoded[:-1]), strict=True):
            decoder.append(merge(torch.cat([skip, up(decoder[-1])], dim=1)))
        return Maps(self.classify(decoder[-1]), encoded[-1], tuple(decoder))


class _Up(nn.Module):
    """Bring a map to its skip's channels at the coarse size, enlarge it by two, and merge both."""

    def __init__(self, below: int, width: int, enlarge: Enlarge) -> None:
        super().__init__()
        self.enlarge = enlarge
        self.reduce = nn.Conv2d(below, width, 1)
        self.merge = _block(2 * width, width, 0.0)

    def forward(self, features: Tensor, skip: Tensor) -> Tensor:
        reduced = self.reduce(features)
        height, width = reduced.shape[-2:]
        merged: Tensor = self.merge(torch.cat([skip, self.enlarge(reduced, (2 * height, 2 * width))], dim=1))
        return merged


def _block(channels: int, width: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, width, 3, padding=1),
        nn.BatchNorm2d(width),
        nn.LeakyReLU(),
        Dropout(dropout),
        nn.Conv2d(width, width, 3, padding=1),
        nn.BatchNorm2d(width),
        nn.LeakyReLU(),
    )
