"""What tests of the runner share."""

import os
import runpy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from data.case import Case
from data.sources import phantom
from tests.thin_network import shallow_network, thin_network

SMALL = Path(__file__).parent / "small"
DRAW = phantom.Phantom._drawn
DRAWN: dict[tuple[int, str], list[Case]] = {}


@contextmanager
def few_patients() -> Iterator[None]:
    """Make the phantom a few coarse patients, in this process and in those that it starts; here each is drawn once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(phantom, "Parameters", phantom.Parameters)  # remembered, to be put back
        patch.setattr(phantom.Phantom, "_drawn", DRAW)
        patch.setenv("PYTHONPATH", str(SMALL), prepend=os.pathsep)
        runpy.run_path(str(SMALL / "sitecustomize.py"))
        patch.setattr(phantom.Phantom, "_drawn", once(phantom.Phantom._drawn))
        yield


def once(draw: Callable[[phantom.Phantom, str], list[Case]]) -> Callable[[phantom.Phantom, str], list[Case]]:
    """Return what draws a patient's cases, which seed and name alone decide, the first time that it is asked for."""

    def drawn(source: phantom.Phantom, patient: str) -> list[Case]:
        key = (source.parameters.seed, patient)
        if key not in DRAWN:
            DRAWN[key] = draw(source, patient)
        return DRAWN[key]

    return drawn


@pytest.fixture
def small_phantom() -> Iterator[None]:
    """Let a test run on a few patients, so that a run takes seconds."""
    with few_patients():
        yield


@pytest.fixture
def thin() -> Iterator[None]:
    """Let a test train networks of a sixteenth of the weights."""
    with thin_network():
        yield


@pytest.fixture
def shallow() -> Iterator[None]:
    """Let a test look at methods on networks of three levels, whose updates take milliseconds."""
    with shallow_network():
        yield


@pytest.fixture
def no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let ``benchmark.run`` build no page in this process, where the page is not asked about."""
    monkeypatch.setattr("reports.page.build_page", lambda *_, **__: "no page")


@pytest.fixture
def updates(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the updates that are made from here on."""
    from benchmark.training.update import Updates

    seen: list[int] = []
    update = Updates.make
    monkeypatch.setattr(Updates, "make", lambda self, number: (seen.append(number), update(self, number))[1])
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
