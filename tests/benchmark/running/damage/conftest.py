"""A finished run, made once a file of tests, and copies of it to harm."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.benchmark.conftest import few_patients
from tests.benchmark.running.damage.short_runs import made
from tests.thin_network import thin_network


@pytest.fixture(autouse=True)
def _small(small_phantom: None, thin: None) -> None:
    """Let every test here run on a few patients, with a thin network."""


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run that was done; not to be changed."""
    with few_patients(), thin_network():
        return made(tmp_path_factory.mktemp("runs"))


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    """Return a copy of the finished run."""
    return Path(shutil.copytree(finished, tmp_path / "runs" / finished.name))
