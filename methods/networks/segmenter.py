"""What a method may ask of a segmentation network, whatever its family."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor, nn

from methods.networks.recomputed import blocks_of, recompute


class Maps(NamedTuple):
    """One forward pass.

    logits: (N, classes, H, W). bottleneck: (N, C, h, w), the deepest encoder map. decoder: maps from deepest (the
    bottleneck itself) to finest.
    """

    logits: Tensor
    bottleneck: Tensor
    decoder: tuple[Tensor, ...]


class Segmenter(nn.Module):
    """A network that gives logits, the bottleneck and the decoder's maps.

    encoder: the modules up to the bottleneck. bottleneck_channels and decoder_channels: widths of ``Maps``.
    """

    encoder: nn.Module
    bottleneck_channels: int
    decoder_channels: tuple[int, ...]

    def recompute(self) -> None:
        """Let each block keep its inputs alone for the backward pass, and compute the rest anew: the same bits."""
        for block in blocks_of(self):
            recompute(block)

    @abstractmethod
    def encode(self, images: Tensor) -> Sequence[Tensor]:
        """Return the encoder's maps, finest first; the last is the bottleneck."""

    @abstractmethod
    def decode(self, encoded: Sequence[Tensor]) -> Maps:
        """Return logits, bottleneck and decoder maps from the encoder's maps."""

    def maps(self, images: Tensor) -> Maps:
        """Return everything one forward pass computes, for images (N, channels, H, W)."""
        return self.decode(self.encode(images))

    def forward(self, images: Tensor) -> Tensor:
        """Return logits (N, classes, H, W) for images (N, channels, H, W)."""
        return self.maps(images).logits
