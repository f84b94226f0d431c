"""Every registered method."""

from collections.abc import Callable

import pytest

from methods import registry
from methods.base import Method
from tests.contract.toy import TASK


@pytest.fixture(params=sorted(registry.entries()))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


Make = Callable[..., Method]


@pytest.fixture
def make(name: str) -> Make:
    def build(seed: int = 0, backbone: str = "unet") -> Method:
        config = registry.configure(name, "fixed", {})
        return registry.build(name, TASK, backbone, config, weights=None, seed=seed)

    return build
