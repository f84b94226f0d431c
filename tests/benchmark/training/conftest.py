"""What is trained here is thin: the loop, its checkpoints and its looks ask nothing of a network's width."""

import pytest


@pytest.fixture(autouse=True)
def _small(thin: None) -> None:
    """Let every test here train a thin network."""
