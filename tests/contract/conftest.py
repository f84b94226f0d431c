"""Every registered method."""

from collections.abc import Iterator

import pytest

from methods import registry
from tests.thin_network import thin_network


@pytest.fixture(params=sorted(registry.entries()))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def thin() -> Iterator[None]:
    """Let a test train thin networks."""
    with thin_network():
        yield
