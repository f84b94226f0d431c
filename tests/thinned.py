"""What is other in a U-Net with a sixteenth of its weights; read by processes that tests start as well."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from methods.networks import unet
from results import weights

CHANNELS = (4, 8, 16, 32, 64)


def thinned() -> Iterator[tuple[Any, str, Any]]:
    """Yield module, name and value of each, to be set before the next is asked for: weights are counted in the end."""
    yield unet, "CHANNELS", CHANNELS
    yield unet, "PAIRS", tuple(itertools.pairwise(CHANNELS[::-1]))
    counted = [sum(weight.numel() for weight in unet.UNet(classes).parameters()) for classes in (4, 5)]
    yield weights, "WEIGHTS", counted[0]
    yield weights, "A_CLASS", counted[1] - counted[0]
    yield weights, "A_CHANNEL", 9 * CHANNELS[0]
