"""Whatever is written is read as it was meant, and whatever a file has become is a case or one sentence."""

from __future__ import annotations

import itertools
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from data.errors import DataError
from data.orientation import unlikely_axes
from data.sources.acdc import read_case
from data.sources.layouts import Layout, Slices, Volumes
from data.sources.official import Official
from tests.data.acdc_folders import volume, write_h5, write_nifti

NAME = "patient001_frame01"
IMAGE, LABEL = volume(NAME, (3, 16, 20))
ROOM = 16 * 2**20  # bytes; these files decode to 20 kB, and deflate can claim a thousand times a file of 10 kB
SETTINGS = settings(
    derandomize=True, deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
SIDES = st.tuples(st.integers(1, 6), st.integers(4, 12), st.integers(4, 12))
SIZES = st.floats(0.5, 2.0).map(lambda size: round(size, 3))


def write_volumes(root: Path, image: np.ndarray, label: np.ndarray) -> Layout:
    write_h5(root / f"{NAME}.h5", image=image, label=label)
    return Volumes("volumes", root)


def write_stated(root: Path, image: np.ndarray, label: np.ndarray) -> Layout:
    turned = {"image": np.moveaxis(image, 0, 2), "label": np.moveaxis(label, 0, 2)}
    write_h5(root / f"{NAME}.h5", {"slice_axis": 2}, **turned)
    return Volumes("volumes", root)


def write_packed(root: Path, image: np.ndarray, label: np.ndarray) -> Layout:
    (root / f"{NAME}.h5").unlink(missing_ok=True)
    with h5py.File(root / f"{NAME}.h5", "w") as file:
        for key, values in (("image", image), ("label", label)):
            file.create_dataset(key, data=values, chunks=values.shape, compression="gzip", shuffle=True)
        file.attrs["slice_axis"] = 0
    return Volumes("volumes", root)


def write_slices(root: Path, image: np.ndarray, label: np.ndarray) -> Layout:
    for path in root.glob("*.h5"):
        path.unlink()
    for k in range(len(image)):
        write_h5(root / f"{NAME}_slice_{k}.h5", image=image[k], label=label[k])
    return Slices("slices", root)


def write_plain(root: Path, image: np.ndarray, label: np.ndarray) -> Layout:
    return write_official(root, image, label, ".nii")


def write_official(root: Path, image: np.ndarray, label: np.ndarray, ending: str = ".nii.gz") -> Layout:
    write_nifti(root / "patient001" / f"{NAME}{ending}", image)
    write_nifti(root / "patient001" / f"{NAME}_gt{ending}", label)
    return Official("official", root)


WRITERS = (write_volumes, write_stated, write_packed, write_slices, write_official, write_plain)


@pytest.mark.parametrize("write", WRITERS)
@given(shape=SIDES, kind=st.sampled_from(["u1", "i2", "f4", "f8"]))
@SETTINGS
def test_what_is_written_is_read_back(tmp_path: Path, write: Callable[..., Layout], shape, kind: str) -> None:
    assume(unlikely_axes(shape, None) is None)
    image, label = volume(str(shape), shape)
    image = (image * 100).astype(kind)
    layout = write(tmp_path, image, label.astype(kind))
    case = read_case(layout, NAME)
    np.testing.assert_array_equal(case.image, image.astype(np.float32))
    np.testing.assert_array_equal(case.mask, label)
    assert layout.shape(NAME) == shape


@given(
    shape=SIDES,
    sides=st.tuples(SIZES, SIZES),
    order=st.permutations(range(3)),
    flips=st.lists(st.booleans(), min_size=6, max_size=6),
    angles=st.tuples(*[st.floats(-0.5, 0.5)] * 3),
)
@SETTINGS
def test_a_mask_stored_in_another_order_is_the_mask_that_was_meant(
    tmp_path: Path, shape, sides, order, flips, angles
) -> None:
    image, label = volume(str(shape), shape)
    where = np.eye(4)  # of the file: columns, rows, slices
    where[:3, :3] = rotation(angles) * [-sides[0] if flips[3] else sides[0], -sides[1] if flips[4] else sides[1], 8.0]
    where[:3, 3] = 100 * np.array(angles)
    stored, matrix = label.T.transpose(order), where[:, [*order, 3]].copy()
    for axis in (axis for axis in range(3) if flips[axis]):
        matrix[:3, 3] += matrix[:3, axis] * (stored.shape[axis] - 1)
        matrix[:3, axis] *= -1
        stored = np.flip(stored, axis)
    write_nifti(tmp_path / "patient001" / f"{NAME}.nii", image, where)
    write_nifti(tmp_path / "patient001" / f"{NAME}_gt.nii", stored.T, matrix)
    case = read_case(Official("official", tmp_path), NAME)
    np.testing.assert_array_equal(case.image, image)
    np.testing.assert_array_equal(case.mask, label)
    assert case.spacing == pytest.approx((8.0, sides[1], sides[0]), rel=1e-5)
    np.testing.assert_allclose(case.affine, where[:, [2, 1, 0, 3]], atol=1e-4)


def rotation(angles: tuple[float, float, float]) -> np.ndarray:
    found = np.eye(3)
    for angle, (one, other) in zip(angles, itertools.combinations(range(3), 2), strict=True):
        turn = np.eye(3)
        turn[[one, one, other, other], [one, other, one, other]] = (
            np.cos(angle),
            -np.sin(angle),
            np.sin(angle),
            np.cos(angle),
        )
        found = found @ turn
    return found


PLACES = st.one_of(st.integers(0, 400), st.integers(0, 10**6))
CHANGES = st.lists(
    st.tuples(PLACES, st.one_of(st.sampled_from([0, 1, 127, 128, 255]), st.integers(0, 255))), max_size=8
)


@pytest.mark.parametrize("write", WRITERS)
@given(changes=CHANGES, kept=st.one_of(st.none(), st.integers(0, 10**6)), which=st.integers(0, 3))
@SETTINGS
def test_a_damaged_file_is_a_case_or_one_sentence(
    tmp_path: Path, write: Callable[..., Layout], changes, kept: int | None, which: int
) -> None:
    layout = write(tmp_path, IMAGE, LABEL)
    files = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    path = files[which % len(files)]
    content = bytearray(path.read_bytes())
    for at, byte in changes:
        content[at % len(content)] = byte
    path.unlink()
    path.write_bytes(bytes(content[: None if kept is None else kept % len(content)]))
    tracemalloc.start()
    try:
        said = [refusal(lambda: layout.shape(NAME)), refusal(lambda: read_case(layout, NAME))]
        assert not any("\n" in words or len(words) > 1000 for words in said)
        assert tracemalloc.get_traced_memory()[1] < ROOM
    finally:
        tracemalloc.stop()


def refusal(read: Callable[[], object]) -> str:
    try:
        read()
    except DataError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("value", "shown"), [(2.9999999993, "2.9999999993"), (np.nan, "nan"), (-1, "-1.0"), (300, "300.0"), (0.5, "0.5")]
)
@pytest.mark.parametrize("write", WRITERS)
def test_a_label_that_is_none_is_named_with_its_value_and_the_cure(
    tmp_path: Path, write, value: float, shown: str
) -> None:
    label = LABEL.astype(np.float64)
    label[1, 2, 3] = value
    with pytest.raises(DataError) as error:
        read_case(write(tmp_path, IMAGE, label), NAME)
    assert f"case {NAME}: mask holds values that are no whole numbers from 0 to 255, {shown} first" in str(error.value)
    assert "numpy.rint" in str(error.value)


def test_a_grey_value_that_float32_cannot_hold_is_no_finite_one(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="NaN or infinite"):
        read_case(write_volumes(tmp_path, IMAGE.astype(np.float64) * 1e300, LABEL), NAME)
