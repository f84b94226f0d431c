"""What is other in a U-Net with a sixteenth of its weights; read by processes that tests start as well."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from methods.networks import unet
from results import weights

CHANNELS = (4, 8, 16, 32, 64)
SHALLOW = CHANNELS[:3]
"""For slices of 32 x 32 of a toy task, whose updates take half as long so."""


def thinned(channels: Sequence[int] = CHANNELS) -> Iterator[tuple[Any, str, Any]]:
    """Yield module, name and value of each, to be set before the next is asked for: weights are counted in the end."""
    yield unet, "CHANNELS", channels
    yield unet, "PAIRS", tuple(itertools.pairwise(channels[::-1]))
    counted = [sum(weight.numel() for weight in unet.UNet(classes).parameters()) for classes in (4, 5)]
    yield weights, "WEIGHTS", counted[0]
    yield weights, "A_CLASS", counted[1] - counted[0]
    yield weights, "A_CHANNEL", 9 * channels[0]
