"""What tests of several folders share."""

import os
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # two threads of one test would spin where the cores are taken

import pytest
import torch

torch.set_num_threads(1)  # a test process a core; a cell trains on one thread anyway
torch.set_warn_always(True)  # a warning shown once would fail one test or another, by their order


@pytest.fixture(scope="session")
def acdc_root() -> Path:
    """Return the folder that holds acdc/, as ``--data-root`` takes it; skip where ACTION_BENCH_DATA names none."""
    named = os.environ.get("ACTION_BENCH_DATA")
    if not named or not (Path(named) / "acdc").is_dir():
        pytest.skip("ACTION_BENCH_DATA names no folder with acdc/")
    return Path(named)
