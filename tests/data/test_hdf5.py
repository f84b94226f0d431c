"""Arrays of HDF5 files: slices first, or as their file says; what is no array, or too large for its file, is named."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from data.errors import DataError
from data.hdf5 import read_h5, shape_h5
from tests.data.acdc_folders import volume, write_h5

IMAGE, LABEL = volume("a", (4, 32, 40))


def test_slices_come_first_as_they_lie_or_as_the_file_says(tmp_path: Path) -> None:
    write_h5(tmp_path / "a.h5", image=IMAGE, label=LABEL)
    for axis in (1, 2):
        moved = {"image": np.moveaxis(IMAGE, 0, axis), "label": np.moveaxis(LABEL, 0, axis)}
        write_h5(tmp_path / f"{axis}.h5", {"slice_axis": axis}, **moved)
    for name in ("a", "1", "2"):
        np.testing.assert_array_equal(read_h5(tmp_path / f"{name}.h5", "image"), IMAGE)
        np.testing.assert_array_equal(read_h5(tmp_path / f"{name}.h5", "label"), LABEL)
        assert shape_h5(tmp_path / f"{name}.h5") == (4, 32, 40)


@pytest.mark.parametrize("axis", [1, 2])
def test_slices_that_seem_to_lie_elsewhere_are_told_and_how_to_state_them(tmp_path: Path, axis: int) -> None:
    moved = np.moveaxis(IMAGE, 0, axis)
    write_h5(tmp_path / "a.h5", image=moved, label=np.moveaxis(LABEL, 0, axis))
    with pytest.raises(DataError) as error:
        read_h5(tmp_path / "a.h5", "image")
    first, rows, columns = moved.shape
    assert f"read as {first} slices of {rows} x {columns} voxels" in str(error.value)
    assert f"the 4 along axis {axis}" in str(error.value) and "attribute slice_axis" in str(error.value)


def test_unlikely_axes_that_are_stated_are_taken(tmp_path: Path) -> None:
    narrow = np.moveaxis(IMAGE, 0, 2)
    write_h5(tmp_path / "a.h5", {"slice_axis": 0}, image=narrow, label=narrow)
    np.testing.assert_array_equal(read_h5(tmp_path / "a.h5", "image"), narrow)


@pytest.mark.parametrize("stated", [3, -1, "last", 1.5, [0, 1]])
def test_an_axis_that_is_none_is_refused(tmp_path: Path, stated: object) -> None:
    write_h5(tmp_path / "a.h5", {"slice_axis": stated}, image=IMAGE, label=LABEL)
    with pytest.raises(DataError, match=r"attribute slice_axis is .*expected a number from 0 to 2"):
        read_h5(tmp_path / "a.h5", "image")


@pytest.mark.parametrize("read", [lambda path: read_h5(path, "label"), shape_h5])
@pytest.mark.parametrize(
    ("entries", "words"),
    [
        (
            {"image": IMAGE, "label/inner": LABEL},
            "'label' is a group, of 'label/inner'; expected an array of that name",
        ),
        ({"image": IMAGE, "label": h5py.Empty("u1")}, "'label' is empty; expected an array"),
        (
            {"image": IMAGE, "label": "text"},
            "'label' is of shape () and type object; expected an array of real numbers",
        ),
        ({"image": IMAGE, "label": LABEL + 0j}, "'label' is of shape (4, 32, 40) and type complex128"),
        ({"image": IMAGE, "label": 3}, "'label' is of shape () and type int64; expected an array"),
        ({"image": IMAGE}, "holds an image without a mask: it has image; expected 'image' and 'label'"),
        (
            {"Image": IMAGE, "Label": LABEL},
            ": it has Image, Label; expected 'image' and 'label'",
        ),
    ],
)
def test_what_is_no_array_is_named(tmp_path: Path, read, entries, words: str) -> None:
    write_h5(tmp_path / "a.h5", **entries)
    with pytest.raises(DataError) as error:
        read(tmp_path / "a.h5")
    assert words in str(error.value) and "a.h5" in str(error.value)


def test_an_array_that_its_file_cannot_hold_is_refused_before_room_is_made_for_it(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["image"] = IMAGE
        for key, side in (("label", 100_000), ("image2", 1000)):  # of which nothing is written
            file.create_dataset(key, (side, side, side), "u1", chunks=(1, 64, 64))
        file["image2"].attrs["slice_axis"] = 0
    with pytest.raises(DataError, match=r"'label' .*claims 100000 x 100000 x 100000 voxels, more than any volume has"):
        read_h5(tmp_path / "a.h5", "label")
    with pytest.raises(DataError, match=r"claims 1000 x 1000 x 1000 voxels, more than its [\d,]+ bytes can hold"):
        read_h5(tmp_path / "a.h5", "image2")


def test_well_packed_arrays_are_read(tmp_path: Path) -> None:
    zeros = np.zeros((10, 256, 216), np.uint8)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("label", data=zeros, compression="gzip", compression_opts=9, chunks=zeros.shape)
    np.testing.assert_array_equal(read_h5(tmp_path / "a.h5", "label"), zeros)


def test_a_file_mended_in_place_is_looked_at_again(tmp_path: Path) -> None:
    write_h5(tmp_path / "a.h5", image=IMAGE, label=LABEL)
    assert shape_h5(tmp_path / "a.h5") == (4, 32, 40)
    write_h5(tmp_path / "a.h5", image=IMAGE[1:], label=LABEL[1:])
    assert shape_h5(tmp_path / "a.h5") == (3, 32, 40)
