"""Further decoders for the encoder of another network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from torch import Tensor, nn

from methods.networks.segmenter import Segmenter

TARGETS: Mapping[str, Callable[[Tensor], Tensor]] = {"constant": Tensor.detach, "free": lambda target: target}
"""Whether a gradient flows into what one decoder gives and another one learns."""


class Decoder(nn.Module):
    """What a new segmenter has behind its encoder, with its own initial weights; the encoder is thrown away."""

    def __init__(self, segmenter: Segmenter) -> None:
        super().__init__()
        encoder = segmenter.encoder
        holders = [
            (part, name) for part in segmenter.modules() for name, child in part.named_children() if child is encoder
        ]
        for part, name in holders:
            setattr(part, name, nn.Identity())
        self.segmenter = segmenter

    def forward(self, encoded: Sequence[Tensor]) -> Tensor:
        """Return logits (N, classes, H, W) from an encoder's maps, finest first."""
        return self.segmenter.decode(encoded).logits
