"""Any architecture and encoder of segmentation-models-pytorch behind the Segmenter interface."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from methods.errors import MethodUsageError
from methods.networks.segmenter import Maps, Segmenter

TIMM = "tu-"  # how names of timm's encoders begin
TIMM_WEIGHTS = ("imagenet", "True")
"""What asks for the pretrained weights of a timm encoder, which are those of the tag in its name."""
INTERPOLATIONS = ("bilinear", "nearest")  # bicubic has no gradient in a fixed order on CUDA
"""How a decoder that names an interpolation may enlarge its maps; ways other than its own are tried in this order."""


class SmpSegmenter(Segmenter):
    """``ARCH:ENCODER`` (or ``ENCODER`` alone: a U-Net on it) and timm encoders (``tu-...``), for any channels.

    No weights are fetched unless ``weights`` names some.
    """

    def __init__(self, architecture: str, encoder: str, classes: int, weights: str | None, channels: int = 1) -> None:
        super().__init__()
        self.name = f"{architecture}:{encoder}"
        self.channels = channels
        self.network = create(architecture, encoder, classes, weights, channels)
        self.encoder: nn.Module = self.network.encoder
        self.network.eval()
        maps = self._first_maps(64, native_side(encoder) or 256)
        self.network.train()
        self.bottleneck_channels = maps.bottleneck.shape[1]
        self.decoder_channels = tuple(level.shape[1] for level in maps.decoder)

    def encode(self, images: Tensor) -> Sequence[Tensor]:
        """Return the encoder's maps, finest first."""
        with self._several_values():
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
            with self._several_values():
                features = self.network.decoder(encoded)
        finally:
            for hook in hooks:
                hook.remove()
        return Maps(self.network.segmentation_head(features), encoded[-1], (encoded[-1], *levels))

    def interpolations(self) -> Sequence[str]:
        """Return how the decoder can enlarge its maps, its own way first; none where it names no interpolation."""
        own = next((part.interpolation_mode for part in self.modules() if hasattr(part, "interpolation_mode")), None)
        return [] if own is None else [str(own), *(way for way in INTERPOLATIONS if way != own)]

    def interpolate(self, way: str) -> None:
        """Let the decoder enlarge its maps in another way."""
        blocks: list[Any] = [part for part in self.modules() if hasattr(part, "interpolation_mode")]
        for block in blocks:
            block.interpolation_mode = way
            if hasattr(block, "align_corners"):  # PAN's, for which nearest has no corners
                block.align_corners = None if way == "nearest" else True

    @contextmanager
    def _several_values(self) -> Iterator[None]:
        """Name the backbone and the cure where batch norm meets a single value a channel, in a pass of one slice."""
        try:
            yield
        except ValueError as error:
            if "more than 1 value per channel" not in str(error):
                raise
            raise MethodUsageError(
                f"--backbone {self.name} averages a slice to one value, which batch norm can't train on in a pass of "
                "one slice; give each pass two: --set labeled_batch=2 --set unlabeled_batch=2"
            ) from None

    def _first_maps(self, *sides: int) -> Maps:
        """Return the maps of a black slice of the first of these sides that the network takes."""
        for side in sides:
            try:
                with torch.no_grad():
                    return self.maps(torch.zeros(1, self.channels, side, side))
            except Exception as error:  # whatever an encoder of others makes of a size; the next one may do
                why = error
        reason = "its decoder asks for more than maps" if isinstance(why, TypeError) else first_line(why)
        raise MethodUsageError(f"--backbone {self.name} cannot be used ({reason}); name another") from None


def check_names(architecture: str, encoder: str, weights: str | None) -> None:
    """Raise MethodUsageError for a name that segmentation-models-pytorch, or timm for it, doesn't know."""
    import segmentation_models_pytorch as smp

    known = sorted(smp.MODEL_ARCHITECTURES_MAPPING)
    if architecture not in known:
        raise MethodUsageError(f"--backbone: no architecture {architecture!r}; {_nearest(architecture, known)}")
    if encoder.startswith(TIMM):
        _check_timm(encoder, weights)
        return
    encoders = smp.encoders.encoders
    if encoder not in encoders:
        raise MethodUsageError(
            f"--backbone: no encoder {encoder!r}; {_nearest(encoder, ['unet', 'unet-transposed', *encoders])}"
        )
    pretrained = sorted(encoders[encoder]["pretrained_settings"])
    if weights is not None and weights not in pretrained:
        raise MethodUsageError(f"encoder {encoder} has no weights {weights!r}; {_nearest(weights, pretrained)}")


def create(architecture: str, encoder: str, classes: int, weights: str | None, channels: int = 1) -> Any:
    """Return a network of segmentation-models-pytorch, or raise MethodUsageError where it can't be built."""
    check_names(architecture, encoder, weights)
    try:
        return built(architecture, encoder, classes, weights, channels)
    except Exception as error:  # whatever a builder of others says of a pair that doesn't fit
        raise MethodUsageError(
            f"--backbone {architecture}:{encoder} cannot be built ({first_line(error)}); name another encoder"
        ) from None


def built(architecture: str, encoder: str, classes: int, weights: str | None, channels: int = 1) -> Any:
    """Return a network, its weights fetched where some are named; raises whatever its builder raises."""
    import segmentation_models_pytorch as smp

    given = True if weights is not None and encoder.startswith(TIMM) else weights
    return smp.create_model(
        architecture, encoder_name=encoder, encoder_weights=given, in_channels=channels, classes=classes
    )


def native_side(encoder: str) -> int | None:
    """Return the side of the slices that a timm encoder was made for; None where its name tells of none."""
    import timm

    config = timm.get_pretrained_cfg(encoder.removeprefix(TIMM)) if encoder.startswith(TIMM) else None
    return None if config is None else int(config.input_size[-1])


def first_line(error: BaseException) -> str:
    """Return the first line of what an error says, without a full stop."""
    return next(filter(None, (line.strip() for line in str(error).splitlines())), "no reason given").rstrip(".")


def _check_timm(encoder: str, weights: str | None) -> None:
    import timm

    name = encoder.removeprefix(TIMM)
    if not timm.is_model(name):
        near = [f"{TIMM}{one}" for one in difflib.get_close_matches(name, timm.list_models(), n=1)]
        raise MethodUsageError(
            f"--backbone: no encoder {encoder!r} in timm; {_nearest(encoder, near) if near else 'see timm'}"
        )
    if weights is not None and weights not in TIMM_WEIGHTS:
        raise MethodUsageError(
            f"encoder {encoder} has no weights {weights!r}; a timm encoder's are named with it, {TIMM}NAME.TAG, and "
            "asked for by weights=imagenet"
        )
    if weights is not None and not timm.models.is_model_pretrained(name):
        raise MethodUsageError(f"encoder {encoder} has no pretrained weights; drop --set weights, or name another")


def _nearest(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f"did you mean {near[0]}?"
    return f"known are {', '.join(known[:12])}{' ...' if len(known) > 12 else ''}" if known else "it has none"
