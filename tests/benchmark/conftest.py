"""What tests of the runner share."""

from functools import partial

import pytest


@pytest.fixture
def small_phantom(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the phantom of this process a few patients, so that a run takes seconds."""
    from data.sources import phantom

    monkeypatch.setattr(phantom, "Parameters", partial(phantom.Parameters, train=4, val=1, test=2))


@pytest.fixture
def updates(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the updates that are made from here on."""
    from benchmark.trainer import Trainer

    seen: list[int] = []
    update = Trainer._update
    monkeypatch.setattr(
        Trainer, "_update", lambda self, stage, number: (seen.append(number), update(self, stage, number))
    )
    return seen
