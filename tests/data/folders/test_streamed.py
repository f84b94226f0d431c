"""A case that is read a few slices at a time has the voxels of the one that is read whole, however its channels lie."""

from __future__ import annotations

import itertools
from pathlib import Path

import nibabel
import numpy as np
import pytest

from data.folders.axes import Cut
from data.folders.cases import read_volume
from data.folders.listed import ListedCase
from data.folders.streamed import streamed
from data.orientation import PLAIN, Place, turn_onto

SIDE = 6
FIRST, SECOND = np.random.default_rng(0).integers(-900, 900, (2, SIDE, SIDE, SIDE)).astype(np.int16)
TILTS = {
    f"turned by {degrees}": np.linalg.qr(np.eye(3) + np.tan(np.radians(degrees)) * np.array(skew))[0]
    for degrees, skew in ((7, [[0, 1, -2], [-1, 0, 1], [2, -1, 0]]), (33, [[0, -1, 1], [1, 0, 1], [-1, -1, 0]]))
}
WAYS = [
    (order, flips) for order in itertools.permutations(range(3)) for flips in itertools.product((False, True), repeat=3)
]


def affine(tilt: np.ndarray) -> np.ndarray:
    """Return an affine whose rounding noise makes the products of its axes no zeros."""
    found = np.eye(4)
    found[:3, :3] = tilt @ np.diag([1.0, 1.0, 3.0])
    found[:3, 3] = 11, -7, 5
    return found


def stored(values: np.ndarray, where: np.ndarray, order: tuple[int, ...], flips: tuple[bool, ...], path: Path) -> Path:
    """Write a volume with its axes exchanged, then some turned round, and the affine that says so."""
    values, where = values.transpose(order), where[:, [*order, 3]]
    for axis in np.flatnonzero(flips):
        where[:3, 3] += where[:3, axis] * (values.shape[axis] - 1)
        where[:3, axis] *= -1
        values = np.flip(values, axis)
    nibabel.save(nibabel.Nifti1Image(np.ascontiguousarray(values), where), path)
    return path


@pytest.mark.parametrize("tilt", TILTS.values(), ids=TILTS)
def test_a_channel_beside_another_is_read_alike_in_all_48_ways_to_store_it(tmp_path: Path, tilt: np.ndarray) -> None:
    cut, nothing = Cut(0), ((0, 1, 2), (False, False, False))
    one = stored(FIRST, affine(tilt), *nothing, tmp_path / "a_0000.nii")
    for order, flips in WAYS:
        other = stored(SECOND, affine(tilt), order, flips, tmp_path / "a_0001.nii")
        case = ListedCase("a", (one, other), None, "unlabeled")
        whole, stream = read_volume(case, 2), streamed(case, cut, 2, lambda _: None)
        for channel, values in enumerate((FIRST, SECOND)):
            read = np.concatenate(list(stream.grey(channel)))
            assert np.array_equal(read, values.T), (order, flips)
            assert np.array_equal(read, cut.apply(whole.channels[channel])), (order, flips)


def test_of_the_48_ways_only_one_is_plain() -> None:
    for tilt in TILTS.values():
        where = affine(tilt)[:, [2, 1, 0, 3]]
        mine = Place((SIDE,) * 3, (3.0, 1.0, 1.0), where)
        plain = []
        for order, flips in WAYS:
            other = where[:, [*order, 3]]
            for axis in np.flatnonzero(flips):
                other[:3, 3] += other[:3, axis] * (SIDE - 1)
                other[:3, axis] *= -1
            spacing = tuple(np.linalg.norm(other[:3, :3], axis=0).tolist())
            plain += [(order, flips)] * (turn_onto(Place((SIDE,) * 3, spacing, other), mine) == PLAIN)
        assert plain == [((0, 1, 2), (False, False, False))]
