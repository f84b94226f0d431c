"""Cells of launchers are of a few patients."""

import pytest


@pytest.fixture(autouse=True)
def _small(small_phantom: None) -> None:
    """Let every test here run on a few patients."""
