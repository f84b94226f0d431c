"""Every registered method."""

from collections.abc import Callable, Iterator

import pytest

from methods import registry
from methods.base import Method
from tests.contract.toy import TASK
from tests.thin_network import thin_network


@pytest.fixture(params=sorted(registry.entries()))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def thin() -> Iterator[None]:
    """Let a test train thin networks."""
    with thin_network():
        yield


Make = Callable[..., Method]


@pytest.fixture
def make(name: str, thin: None) -> Make:
    """Return what builds the method, on a thin network where none is named."""

    def build(seed: int = 0, backbone: str = "unet") -> Method:
        config = registry.configure(name, "fixed", {})
        return registry.build(name, TASK, backbone, config, weights=None, seed=seed)

    return build
