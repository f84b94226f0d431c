"""The U-Net with a sixteenth of its weights, for tests of what is done with a network and not of the network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from tests.thinned import CHANNELS, SHALLOW, thinned

THIN = "ACTION_BENCH_TEST_THIN"
"""Set where processes that a test starts have such networks, too: benchmark/small/sitecustomize.py."""


@contextmanager
def thin_network() -> Iterator[None]:
    """Give the project's own networks a quarter of their channels in this process.

    So they have in those that it starts on few patients. A record is read with the number of weights that such a
    network has.
    """
    with shallow_network(CHANNELS) as patch:
        patch.setenv(THIN, "1")
        yield


@contextmanager
def shallow_network(channels: Sequence[int] = SHALLOW) -> Iterator[pytest.MonkeyPatch]:
    """Give them two levels less as well, in this process alone: for what asks nothing of how deep a network is."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name, value in thinned(channels):
            patch.setattr(module, name, value)
        yield patch
