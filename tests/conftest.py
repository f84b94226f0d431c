"""What tests of several folders share."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

# A test process a core: threads of one test that wait for each other would spin on the cores that others need. Workers
# and commands that tests start have it from here; what numpy is loaded with before this file is read stays as it is.
os.environ.update(OMP_WAIT_POLICY="passive", OPENBLAS_NUM_THREADS="1")

import pytest
import torch
from hypothesis import HealthCheck, settings

torch.set_num_threads(1)  # a test process a core; a cell trains on one thread anyway
torch.set_warn_always(True)  # a warning shown once would fail one test or another, by their order

# How long a busy machine takes to draw or to try an example is no fault of what is tested.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def pytest_collection_finish() -> None:
    """Let no collection of garbage go through what was imported, and the tests themselves, over and over."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def no_power_cut() -> Iterator[None]:
    """Let no test wait until a disk has what was written: none pulls the plug, and that took a tenth of the suite."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


@pytest.fixture(scope="session")
def acdc_root() -> Path:
    """Return the folder that holds acdc/, as ``--data-root`` takes it; skip where ACTION_BENCH_DATA names none."""
    named = os.environ.get("ACTION_BENCH_DATA")
    if not named or not (Path(named) / "acdc").is_dir():
        pytest.skip("ACTION_BENCH_DATA names no folder with acdc/")
    return Path(named)
