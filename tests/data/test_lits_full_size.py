"""A volume of LiTS' full size: what reading it and making its pool hold in memory, counted by what is allocated."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.data import lits_folders as folders

SHAPE = (600, 512, 512)
READ = """
import sys
import torch
from pathlib import Path
from benchmark.environment.memory import peak_memory_mib, reset_peak_memory
from data.pool import Grid, build_pool
from data.sources.lits import WINDOW, read_case
from data.sources.lits_files import layout_of

def peak_mib():
    return int(peak_memory_mib(torch.device("cpu")))

reset_peak_memory(torch.device("cpu"))
layout = layout_of(Path(sys.argv[1]))
before = peak_mib()
case = read_case(layout, "case0001")
print(case.image.shape, float(case.image[201, 300, 250]), int(case.mask[201, 300, 250]), int((case.mask == 1).sum()))
print(peak_mib() - before)
del case
grid = Grid(256, "minmax", "nearest", (WINDOW,))
pool = build_pool(map(lambda name: read_case(layout, name), ["case0001"]), grid, torch.device("cpu"))
print(tuple(pool.images.shape), peak_mib() - before, peak_mib())
"""


@pytest.mark.slow
def test_a_volume_of_600_slices_is_read_and_pooled_in_less_than_two_gigabytes(tmp_path: Path) -> None:
    image = np.full(SHAPE, -3024, np.int16)
    mask = np.zeros(SHAPE, np.uint8)
    image[150:300, 200:400, 100:300] = 60
    mask[150:300, 200:400, 100:300] = 1
    image[200:210, 295:310, 245:255], mask[200:210, 295:310, 245:255] = 25, 2
    folders.write(tmp_path / "volume-0.nii", image, codes="LAS")
    folders.write(tmp_path / "segmentation-0.nii", mask, codes="LAS")
    del image, mask
    said = subprocess.run(
        [sys.executable, "-c", READ, str(tmp_path)], capture_output=True, text=True, check=True, timeout=300
    ).stdout.splitlines()
    assert said[0] == f"{SHAPE} 25.0 2 {150 * 200 * 200 - 10 * 15 * 10}"
    held = 600 + 150  # MiB of its image as float32, and of its mask
    assert held <= int(said[1]) < held + 256  # imports and some slices
    shape, rise, peak = said[2].rsplit(" ", 2)
    assert shape == "(600, 1, 256, 256)"
    pooled = 600 * (256 + 64) / 1024
    assert int(rise) < held + pooled + 384  # and the former case, if malloc kept a part of it
    assert int(peak) < 2_000_000_000 / 2**20
