"""Any architecture and encoder of segmentation-models-pytorch behind the Segmenter interface."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from methods.errors import MethodError
from methods.networks.segmenter import Maps, Segmenter


class SmpSegmenter(Segmenter):
    """``ARCH:ENCODER`` (or ``ENCODER`` alone: a U-Net on it) with 1-channel input, timm encoders (``tu-...``) included.

    No weights are fetched unless ``weights`` names some.
    """

    def __init__(self, architecture: str, encoder: str, classes: int, weights: str | None) -> None:
        super().__init__()
        self.network = _create(architecture, encoder, classes, weights)
        self.encoder: nn.Module = self.network.encoder
        self.network.eval()
        with torch.no_grad():
            maps = self.maps(torch.zeros(1, 1, 64, 64))
        self.network.train()
        self.bottleneck_channels = maps.bottleneck.shape[1]
        self.decoder_channels = tuple(level.shape[1] for level in maps.decoder)

    def encode(self, images: Tensor) -> Sequence[Tensor]:
        """Return the encoder's maps, finest first."""
        encoded: Sequence[Tensor] = self.network.encoder(images)
        return encoded

    def decode(self, encoded: Sequence[Tensor]) -> Maps:
        """Return logits, bottleneck, and the bottleneck followed by the output of each decoder block.

        An architecture without a list of decoder blocks gives the bottleneck and its decoder's output.
        """
        levels: list[Tensor] = []
        blocks = getattr(self.network.decoder, "blocks", None)
        watched = list(blocks) if isinstance(blocks, nn.ModuleList) else [self.network.decoder]
        hooks = [block.register_forward_hook(lambda _, __, out: levels.append(out)) for block in watched]
        try:
            features = self.network.decoder(encoded)
        finally:
            for hook in hooks:
                hook.remove()
        return Maps(self.network.segmentation_head(features), encoded[-1], (encoded[-1], *levels))


def check_smp(architecture: str, encoder: str, weights: str | None) -> None:
    """Raise MethodError for a name that segmentation-models-pytorch doesn't know; of timm's only a build can tell."""
    import segmentation_models_pytorch as smp

    known = sorted(smp.MODEL_ARCHITECTURES_MAPPING)
    if architecture not in known:
        raise MethodError(f"backbone: no architecture {architecture!r}; {_nearest(architecture, known)}")
    if encoder.startswith("tu-"):
        return
    encoders = smp.encoders.encoders
    if encoder not in encoders:
        raise MethodError(
            f"backbone: no encoder {encoder!r}; {_nearest(encoder, ['unet', 'unet-transposed', *encoders])}"
        )
    pretrained = sorted(encoders[encoder]["pretrained_settings"])
    if weights is not None and weights not in pretrained:
        raise MethodError(f"encoder {encoder} has no weights {weights!r}; {_nearest(weights, pretrained)}")


def _create(architecture: str, encoder: str, classes: int, weights: str | None) -> Any:
    import segmentation_models_pytorch as smp

    check_smp(architecture, encoder, weights)
    try:
        return smp.create_model(
            architecture, encoder_name=encoder, encoder_weights=weights, in_channels=1, classes=classes
        )
    except (KeyError, ValueError, RuntimeError) as error:
        raise MethodError(f"backbone {architecture}:{encoder} cannot be built: {error}") from None


def _nearest(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f"did you mean {near[0]}?"
    return f"known are {', '.join(known[:12])}{' ...' if len(known) > 12 else ''}" if known else "it has none"
