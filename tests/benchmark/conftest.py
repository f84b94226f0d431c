"""What tests of the runner share."""

from functools import partial

import pytest


@pytest.fixture
def small_phantom(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the phantom of this process a few patients, so that a run takes seconds."""
    from data.sources import phantom

    monkeypatch.setattr(phantom, "Parameters", partial(phantom.Parameters, train=4, val=1, test=2))
