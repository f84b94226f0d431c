"""The channels of a case lie on one grid, and are accepted, refused and read alike, however large their files are."""

from __future__ import annotations

import itertools
from pathlib import Path

import nibabel
import numpy as np
import pytest

from data.errors import DataError
from data.folders.form import Form
from data.task import Task
from data.unseen import slices
from data.unseen.inputs import inputs_at

SHAPE = (6, 6, 6)
FIRST, SECOND = np.random.default_rng(0).integers(-900, 900, (2, *SHAPE)).astype(np.int16)
TILTED = np.array([[-0.96, 0.28, 0, 11], [-0.28, -0.96, 0, -7], [0, 0, 3.0, 5], [0, 0, 0, 1]])
TURN = np.array([[1, 0, 0], [0, 0.8, -0.6], [0, 0.6, 0.8]])
TILTED[:3] = TURN @ TILTED[:3]
TWO = Form(channels=("T1", "T2"), files=2, numbered=True)


@pytest.fixture(params=[0, 1 << 26], ids=["large", "small"])
def _size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every file be a large one, or none."""
    monkeypatch.setattr(slices, "LARGE", request.param)


def case(folder: Path, values: np.ndarray, where: np.ndarray) -> Path:
    """Write a first channel, and these values as a second one."""
    nibabel.save(nibabel.Nifti1Image(FIRST, TILTED), folder / "a_0000.nii.gz")
    nibabel.save(nibabel.Nifti1Image(values, where), folder / "a_0001.nii.gz")
    return folder


def read(folder: Path, form: Form) -> list[np.ndarray]:
    (found,) = inputs_at(folder, form).cases
    with slices.opened(found, form, Task("toy", ("a",), len(form.channels)), folder) as opened:
        whole = opened.read(0, opened.shape[0])
        for channel, values in enumerate(whole.channels):
            assert np.array_equal(np.concatenate(list(opened.greys(channel))), values)
        return list(whole.channels)


@pytest.mark.usefixtures("_size")
@pytest.mark.parametrize("axis", [0, 1])
def test_a_second_channel_is_brought_to_the_first_in_all_48_ways_to_store_it(tmp_path: Path, axis: int) -> None:
    form = Form(**{**vars(TWO), "axis": axis})
    for order, flips in itertools.product(itertools.permutations(range(3)), itertools.product((0, 1), repeat=3)):
        values, where = SECOND.transpose(order), TILTED[:, [*order, 3]]
        for side in np.flatnonzero(flips):
            where[:3, 3] += where[:3, side] * (values.shape[side] - 1)
            where[:3, side] *= -1
            values = np.flip(values, side)
        found = read(case(tmp_path, np.ascontiguousarray(values), where), form)
        for mine, theirs in zip(found, (FIRST, SECOND), strict=True):
            assert np.array_equal(mine, np.moveaxis(theirs.T, axis, 0)), (order, flips)


@pytest.mark.usefixtures("_size")
@pytest.mark.parametrize(
    ("values", "shift_mm", "sizes", "words"),
    [
        (SECOND, 50, 1, "the image of channel 1's first voxel lies at (61, -8.6, -0.2) mm, the one of channel 0's at "),
        (SECOND, 0, 2, "the image of channel 1 has spacing 3 x 1 x 2 mm, the one of channel 0 3 x 1 x 1; "),
        (SECOND[:5], 0, 1, "the image of channel 1 has shape (6, 6, 5), the one of channel 0 (6, 6, 6); "),
    ],
    ids=["shifted", "other sizes", "other shape"],
)
def test_channels_on_two_grids_are_refused(
    tmp_path: Path, values: np.ndarray, shift_mm: int, sizes: int, words: str
) -> None:
    where = TILTED @ np.diag([sizes, 1, 1, 1])
    where[0, 3] += shift_mm
    with pytest.raises(DataError) as refused:
        read(case(tmp_path, values, where), TWO)
    assert str(refused.value).startswith(f"case a: {words}")
    assert str(refused.value).endswith("; all channels must lie on one grid")


@pytest.mark.usefixtures("_size")
def test_a_file_of_other_channels_than_the_runs_is_refused(tmp_path: Path) -> None:
    nibabel.save(nibabel.Nifti1Image(FIRST, TILTED), tmp_path / "a.nii")
    with pytest.raises(DataError, match=r"a\.nii holds 1 channels; expected 3, as are named"):
        read(tmp_path, Form(channels=("R", "G", "B")))
