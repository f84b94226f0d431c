"""Volumes that are read a few slices at a time are those that are read whole, whichever way they lie."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from data.folders.axes import Cut
from data.folders.blocks import BACKWARD, blocks
from data.nifti import read_nifti
from data.stream import STEP
from tests.data.folders.toy import save


@pytest.mark.parametrize("ending", ["nii", "nii.gz"])
@pytest.mark.parametrize("count", [1, STEP, STEP + 1, BACKWARD - 1, 2 * BACKWARD + 5])
@pytest.mark.parametrize(
    "cut", [Cut(0), Cut(0, (), (0,)), Cut(0, (2, 1), (0, 2)), Cut(0, (2, 1), (1,))], ids=["as it is", "a", "b", "c"]
)
def test_blocks_are_a_volume_in_the_order_of_training(tmp_path: Path, cut: Cut, count: int, ending: str) -> None:
    values = np.random.default_rng(0).integers(-900, 900, (5, 4, count)).astype(np.int16)
    path = save(tmp_path / f"a.{ending}", values)
    found = list(blocks(path, cut, count))
    assert max(map(len, found)) <= STEP and {block.dtype for block in found} == {np.dtype(np.float32)}
    assert np.array_equal(np.concatenate(found), cut.apply(read_nifti(path)[0]).astype(np.float32))
