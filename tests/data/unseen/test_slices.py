"""Slices of a case are read a few at a time, whatever its file, as they would be of the whole."""

import gzip
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import nibabel
import numpy as np
import pytest

from data.errors import DataError
from data.folders.form import Form
from data.orientation import Place
from data.sources.lits_places import FORM as LITS
from data.task import Task
from data.unseen import slices
from data.unseen.inputs import inputs_at
from data.unseen.way import Way, frame_of, way_of

TASK = Task("toy", ("a",))
SHAPE = (70, 9, 11)  # slices, rows, columns


@pytest.fixture
def streamed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let every NIfTI file be a large one, and return how many slices each look at a file brings."""
    seen: list[int] = []
    block = slices.Streamed.read

    def counted(*words):
        found = block(*words)
        seen.append(len(found))
        return found

    monkeypatch.setattr(slices, "LARGE", 0)
    monkeypatch.setattr(slices.Streamed, "read", counted)
    return seen


def volume(path: Path, scaled: bool = False, affine: np.ndarray | None = None) -> np.ndarray:
    values = np.random.default_rng(0).integers(-900, 900, SHAPE[::-1]).astype(np.int16)
    made = nibabel.Nifti1Image(values, np.diag([1.0, 1.5, 4.0, 1.0]) if affine is None else affine)
    if scaled:
        made.header.set_slope_inter(0.37, -3.1)
    nibabel.save(made, path)
    return np.asanyarray(nibabel.load(path).dataobj).T.astype(np.float32)


def read(path: Path, form: Form, scratch: Path) -> np.ndarray:
    (case,) = inputs_at(path, form).cases
    with slices.opened(case, form, TASK, scratch) as found:
        parts = [found.read(k, k + 7).image for k in range(0, found.shape[0], 7)]
        assert np.array_equal(np.concatenate(list(found.greys(0))), np.concatenate(parts))
        return np.concatenate(parts)


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_slices_of_a_large_file_are_those_of_the_whole(
    name: str, scaled: bool, axis: int, tmp_path: Path, streamed: list[int]
) -> None:
    whole = volume(tmp_path / name, scaled)
    assert np.array_equal(read(tmp_path / name, Form(axis=axis), tmp_path), np.moveaxis(whole, axis, 0))
    assert 0 < max(streamed) <= slices.AHEAD
    assert max(streamed) < SHAPE[0]


def test_a_series_of_one_volume_is_a_large_file_too(tmp_path: Path, streamed: list[int]) -> None:
    values = np.arange(2 * 3 * 40).reshape(2, 3, 40, 1).astype(np.int16)
    nibabel.save(nibabel.Nifti1Image(values, np.eye(4)), tmp_path / "a.nii.gz")
    assert np.array_equal(read(tmp_path / "a.nii.gz", Form(), tmp_path), values[..., 0].T)


def a_voxel_changed(path: Path) -> str:
    """Change a voxel of a packed file, which unpacks without a fault but for its checksum."""
    plain = gzip.decompress(path.read_bytes())
    stored = bytearray(gzip.compress(plain, compresslevel=0))
    stored[stored.index(plain[352:400])] ^= 1
    path.write_bytes(stored)
    return "CRC check failed"


def cut(path: Path) -> str:
    """Cut a packed file's content within its last slice."""
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())[:-10]))
    return "it ends after 14,202 of the 14,212 bytes that its header claims"


@pytest.mark.parametrize("damage", [a_voxel_changed, cut])
def test_a_large_file_is_read_to_its_checksum(
    damage: Callable[[Path], str], tmp_path: Path, streamed: list[int]
) -> None:
    volume(tmp_path / "a.nii.gz")
    why = damage(tmp_path / "a.nii.gz")
    with pytest.raises(DataError, match=rf"a\.nii\.gz cannot be read as \.nii\.gz \({why}.*; copy it again"):
        read(tmp_path / "a.nii.gz", Form(axis=0), tmp_path)
    assert sum(streamed) == 63  # all but the last seven were right, and are answered nowhere without these


FRAME = frame_of(np.array([[0, 0, 1.0, 0], [0, 1.5, 0, 0], [4.0, 0, 0, 0], [0, 0, 0, 1]]), 0)


@pytest.mark.parametrize(
    ("affine", "order", "turned"),
    [
        (np.diag([1.0, 1.5, 4.0, 1.0]), (0, 1, 2), ()),
        (np.diag([-1.0, -1.5, 4.0, 1.0]), (0, 1, 2), (1, 2)),
        (np.diag([1.0, 1.5, -4.0, 1.0]), (0, 1, 2), (0,)),
        (np.array([[0, 0, 1.0, 0], [0, 1.5, 0, 0], [4.0, 0, 0, 0], [0, 0, 0, 1]]), (2, 1, 0), ()),
        (np.array([[0, 1.5, 0, 0], [0, 0, -4.0, 0], [1.0, 0, 0, 0], [0, 0, 0, 1]]), (2, 0, 1), (0,)),
    ],
)
def test_a_volume_that_lies_otherwise_is_brought_to_the_frame_and_back(affine, order, turned) -> None:
    place = Place(SHAPE, (4.0, 1.5, 1.0), affine[:, [2, 1, 0, 3]])
    way = way_of(place, Form(frame=FRAME), "a")
    assert (way.order, way.turned) == (order, turned)
    values = np.random.default_rng(0).random(SHAPE)
    back = np.zeros(SHAPE)
    way.view(back)[:] = way.view(values)
    assert np.array_equal(back, values)
    several = np.zeros((2, *SHAPE))
    way.view(several)[:, 3] = 1
    assert [float(one.sum()) for one in several] == [float(np.prod(way.view(values).shape[1:]))] * 2


def test_a_file_that_says_nothing_is_cut_across_the_forms_axis() -> None:
    assert way_of(Place(SHAPE, None), Form(axis=1, frame=FRAME), "a") == Way((1, 0, 2))


def test_slices_that_seem_to_be_along_another_axis_are_refused() -> None:
    with pytest.raises(DataError, match="its slices seem to be the 9 along axis 1; save it with the slices as"):
        way_of(Place((200, 9, 180), (1.0, 10.0, 1.0)), Form(), "a")


def test_other_channels_kinds_and_values_are_refused(tmp_path: Path) -> None:
    volume(tmp_path / "a.nii")
    with pytest.raises(DataError, match=r"a\.nii holds 1 channels; expected 3, as are named"):
        read(tmp_path / "a.nii", Form(channels=("R", "G", "B")), tmp_path)
    with pytest.raises(DataError, match="is a volume, and the run is of single slices; give it images of that kind"):
        read(tmp_path / "a.nii", Form(planar=True), tmp_path)
    nibabel.save(nibabel.Nifti1Image(np.full((4, 5, 6), np.nan, np.float32), np.eye(4)), tmp_path / "b.nii")
    with pytest.raises(DataError, match="case b: image holds NaN or infinite grey values"):
        read(tmp_path / "b.nii", Form(), tmp_path)


@pytest.mark.parametrize(("name", "mends"), [("volume-28", True), ("liver_47", True), ("volume-48", False)])
def test_unfilled_headers_of_lits_lie_as_in_training_and_no_other_data_sets_do(
    name: str, mends: bool, tmp_path: Path
) -> None:
    values = volume(tmp_path / f"{name}.nii.gz", affine=np.eye(4))
    turned = values[:, ::-1, :] if mends else values[:, ::-1, ::-1]  # LAS of the release, or RAS as the header says
    assert np.array_equal(read(tmp_path / f"{name}.nii.gz", LITS, tmp_path), turned)
    from_record = Form(**json.loads(json.dumps(asdict(LITS))))
    again = replace(from_record, channels=tuple(from_record.channels))
    assert np.array_equal(read(tmp_path / f"{name}.nii.gz", again, tmp_path), turned)
    other = replace(LITS, channels=("MR",))
    assert np.array_equal(read(tmp_path / f"{name}.nii.gz", other, tmp_path), values[:, ::-1, ::-1])
