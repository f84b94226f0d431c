"""The U-Net with a sixteenth of its weights, for tests of what is done with a network and not of the network."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from methods.networks import unet
from results import weights

CHANNELS = (4, 8, 16, 32, 64)


@contextmanager
def thin_network() -> Iterator[None]:
    """Give the project's own networks a quarter of their channels in this process, not in those that it starts.

    A record is read with the number of weights that such a network has.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unet, "CHANNELS", CHANNELS)
        patch.setattr(unet, "PAIRS", tuple(itertools.pairwise(CHANNELS[::-1])))
        counted = [sum(weight.numel() for weight in unet.UNet(classes).parameters()) for classes in (4, 5)]
        patch.setattr(weights, "WEIGHTS", counted[0])
        patch.setattr(weights, "A_CLASS", counted[1] - counted[0])
        patch.setattr(weights, "A_CHANNEL", 9 * CHANNELS[0])
        yield
