"""What tests of the runner share."""

import os
import runpy
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SMALL = Path(__file__).parent / "small"


@contextmanager
def few_patients() -> Iterator[None]:
    """Make the phantom a few patients, in this process and in those that it starts."""
    from data.sources import phantom

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(phantom, "Parameters", phantom.Parameters)  # remembered, to be put back
        patch.setenv("PYTHONPATH", str(SMALL), prepend=os.pathsep)
        runpy.run_path(str(SMALL / "sitecustomize.py"))
        yield


@pytest.fixture
def small_phantom() -> Iterator[None]:
    """Let a test run on a few patients, so that a run takes seconds."""
    with few_patients():
        yield


@pytest.fixture
def updates(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the updates that are made from here on."""
    from benchmark.training.trainer import Trainer

    seen: list[int] = []
    update = Trainer._update
    monkeypatch.setattr(
        Trainer, "_update", lambda self, stage, number: (seen.append(number), update(self, stage, number))
    )
    return seen


@pytest.fixture(scope="session")
def blocks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Path]]:
    """Return the plan of volumes with two channels, and two runs on them."""
    from tests.benchmark.predicting import folders

    root = tmp_path_factory.mktemp("blocks")
    plan = folders.planned_at(folders.volumes(root / "Dataset1_Blocks"))
    return plan, [folders.trained(plan, root / "runs", seed) for seed in (0, 1)]


@pytest.fixture(scope="session")
def slides(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the plan of pictures, and a run on them."""
    from tests.benchmark.predicting import folders

    root = tmp_path_factory.mktemp("slides")
    plan = folders.planned_at(folders.pictures(root / "slides"))
    return plan, folders.trained(plan, root / "runs")
