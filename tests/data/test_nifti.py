"""One reader for NIfTI: sizes and place from the affine, checked against the header; every fault in one sentence."""

from __future__ import annotations

import gzip
from pathlib import Path

import nibabel
import numpy as np
import pytest

from data.errors import DataError
from data.nifti import read_nifti, read_place
from data.orientation import directions
from tests.data.acdc_folders import LPS, write_nifti

VALUES = np.arange(2 * 3 * 4, dtype=np.int16).reshape(2, 3, 4)
SKEWED = np.diag([1.5, 1.5, 10.0, 1.0]) + np.array([[0, 0.3, 0, 0], [0] * 4, [0] * 4, [0] * 4])


def saved(path: Path, sform=None, qform=None, zooms=None, values: np.ndarray = VALUES, **fields: object) -> Path:
    """Write a file whose header says exactly this, in the file's order of axes."""
    image = nibabel.Nifti1Image(values.T, None)
    if zooms is not None:
        image.header.set_zooms(zooms)
    if qform is not None:
        image.header.set_qform(np.asarray(qform, float), 1)
    if sform is not None:
        image.header.set_sform(np.asarray(sform, float), 2)
    for name, value in fields.items():
        image.header[name] = value
    with gzip.open(path, "wb") if path.suffix == ".gz" else path.open("wb") as file:
        header = image.header.copy()
        header["vox_offset"], header["magic"] = 352, b"n+1"
        file.write(header.binaryblock + b"\0" * 4 + values.T.tobytes("F"))
    return path


@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
def test_values_sizes_and_place_are_in_the_order_of_slices(tmp_path: Path, ending: str) -> None:
    affine = LPS.copy()
    affine[:3, 3] = 7, 8, 9
    write_nifti(tmp_path / f"a{ending}", VALUES, affine)
    values, place = read_nifti(tmp_path / f"a{ending}")
    np.testing.assert_array_equal(values, VALUES)
    assert (place.shape, place.spacing) == ((2, 3, 4), (10.0, 1.5, 1.25))
    assert place.affine is not None and directions(place.affine) == "LPS"
    np.testing.assert_allclose(place.affine @ [1, 2, 3, 1], [7 - 3 * 1.25, 8 - 2 * 1.5, 9 + 10, 1])


@pytest.mark.parametrize(
    ("said", "spacing", "axes"),
    [
        ({"zooms": (1, 1, 1), "sform": np.diag([-2, -2, 8, 1])}, (8, 2, 2), "LPS"),
        ({"zooms": (1, 1, 1), "sform": np.diag([-2, -2, 8, 1]), "qform": np.eye(4)}, (8, 2, 2), "LPS"),
        ({"qform": np.diag([-1.5, -1.5, 10, 1]), "sform": np.diag([-1, -1, 1, 1])}, (10, 1.5, 1.5), "LPS"),
        ({"zooms": (1.5, 1.5, 10), "sform": np.eye(4)}, (10, 1.5, 1.5), None),
        ({"zooms": (1.5, 1.25, 10)}, (10, 1.25, 1.5), None),
        ({"qform": np.diag([-1.5, 1.25, 10, 1])}, (10, 1.25, 1.5), "LAS"),
        ({"zooms": (1.5004, 1.25, 10), "sform": np.diag([1.5, 1.25, 10, 1])}, (10, 1.25, 1.5004), "RAS"),
        ({"zooms": (1.5, 1.25, 10), "xyzt_units": 2}, (10, 1.25, 1.5), None),
        ({"zooms": (0.0015, 0.00125, 0.01), "xyzt_units": 1}, (10, 1.25, 1.5), None),
        ({"qform": np.diag([1500, 1250, 10000, 1]), "xyzt_units": 3}, (10, 1.25, 1.5), "RAS"),
        ({"zooms": (1.5, 1.25, 10), "xyzt_units": 8}, (10, 1.25, 1.5), None),  # seconds; of space nothing is said
    ],
)
def test_sizes_are_those_of_the_affine_and_the_header(tmp_path: Path, said, spacing, axes: str | None) -> None:
    place = read_place(saved(tmp_path / "a.nii.gz", **said))
    assert place.spacing == pytest.approx(spacing, rel=1e-6)
    assert axes == (None if place.affine is None else directions(place.affine))
    if place.affine is not None:
        assert np.linalg.norm(place.affine[:3, :3], axis=0) == pytest.approx(spacing, rel=1e-3)


def test_only_sizes_that_nobody_filled_in_are_remarked(tmp_path: Path) -> None:
    sform = np.diag([-2, -2, 8, 1])
    assert read_place(saved(tmp_path / "a.nii", zooms=(2, 2, 8), sform=sform)).remark is None
    remark = read_place(saved(tmp_path / "b.nii", zooms=(1, 1, 1), sform=sform)).remark
    assert remark is not None and "pixdim says 1 x 1 x 1" in remark and "from the affine" in remark


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            {"zooms": (1.5, 1.5, 10), "sform": np.diag([2, 2, 8, 1])},
            "(pixdim) are 1.5 x 1.5 x 10, its sform's 2 x 2 x 8",
        ),
        (
            {"qform": np.diag([-2, -2, 8, 1]), "sform": np.diag([2, 2, 8, 1])},
            "its qform and sform put its voxels at",
        ),
        (
            {"qform": [[2, 0, 0, 5], [0, 2, 0, 0], [0, 0, 8, 0], [0, 0, 0, 1]], "sform": np.diag([2, 2, 8, 1])},
            "qform and",
        ),
        ({"zooms": (1.5, 1.5, 10), "sform": np.diag([1.5, 0, 10, 1])}, "singular affine"),
        ({"zooms": (1.5, 1.5, 10), "sform": np.diag([1.5, np.nan, 10, 1])}, "NaN or infinite"),
        ({"zooms": (1.5, 1.53, 10), "sform": SKEWED}, "sheared affine (axes 78.7 degrees apart)"),
        ({"pixdim": [1, 1.5, 0, 10, 1, 1, 1, 1]}, "voxels of 1.5 x 0 x 10 (pixdim); sizes must be positive"),
        ({"pixdim": [1, -1.5, 1.5, 10, 1, 1, 1, 1]}, "voxels of -1.5 x 1.5 x 10"),
        ({"pixdim": [1, 1.5, np.inf, 10, 1, 1, 1, 1]}, "voxels of 1.5 x inf x 10"),
        ({"xyzt_units": 5}, "sizes in unit 5"),
        ({"values": np.zeros((5, 2, 3, 4), np.int16)}, "is a 4-D file, of shape (4, 3, 2, 5); expected one 3-D volume"),
        ({"values": np.zeros(4, np.int16)}, "has shape (4,); expected columns, rows and slices"),
        (
            {"dim": [3, 30000, 30000, 30000, 1, 1, 1, 1]},
            "its header claims 30000 x 30000 x 30000 voxels, more than any volume has",
        ),
        ({"values": np.zeros((2, 3, 4), np.complex64)}, "holds values of type complex64"),
        ({"datatype": 9999}, "cannot be read as .nii ("),
    ],
)
def test_a_header_that_cannot_be_meant_is_one_sentence(tmp_path: Path, said, words: str) -> None:
    path = saved(tmp_path / "a.nii", **said)
    with pytest.raises(DataError) as error:
        read_nifti(path)
    assert words in str(error.value) and str(path) in str(error.value)
    assert "download" not in str(error.value) and "\n" not in str(error.value)


def test_colours_are_named(tmp_path: Path) -> None:
    colours = np.zeros((4, 3, 2), [("R", "u1"), ("G", "u1"), ("B", "u1")])
    nibabel.save(nibabel.Nifti1Image(colours, np.eye(4)), tmp_path / "a.nii.gz")
    with pytest.raises(DataError, match=r"holds colours \(R, G, B\); expected one number a voxel"):
        read_nifti(tmp_path / "a.nii.gz")


def test_a_fourth_axis_of_length_one_is_dropped(tmp_path: Path) -> None:
    values, place = read_nifti(saved(tmp_path / "a.nii", zooms=(1.5, 1.25, 10, 1), values=VALUES[None]))
    np.testing.assert_array_equal(values, VALUES)
    assert (place.shape, place.spacing) == ((2, 3, 4), (10, 1.25, 1.5))


def test_values_are_scaled_by_slope_and_intercept(tmp_path: Path) -> None:
    values, _ = read_nifti(saved(tmp_path / "a.nii", scl_slope=0.5, scl_inter=-3))
    np.testing.assert_allclose(values, VALUES * 0.5 - 3)


def test_nifti_2_and_a_slice_alone_are_read(tmp_path: Path) -> None:
    nibabel.save(nibabel.Nifti2Image(VALUES.T, LPS), tmp_path / "a.nii.gz")
    values, place = read_nifti(tmp_path / "a.nii.gz")
    np.testing.assert_array_equal(values, VALUES)
    assert place.spacing == (10.0, 1.5, 1.25)
    write_nifti(tmp_path / "b.nii", VALUES[0], LPS)
    values, place = read_nifti(tmp_path / "b.nii")
    np.testing.assert_array_equal(values, VALUES[0])
    assert (place.shape, place.spacing) == ((3, 4), (1.5, 1.25))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: None, "does not exist"),
        (lambda path: path.symlink_to("nowhere.nii"), "is a link that leads nowhere, to nowhere.nii"),
        (lambda path: path.write_bytes(b""), "is empty, of 0 bytes"),
        (lambda path: path.mkdir(), "is a folder, which is empty; put the file itself there"),
        (lambda path: path.write_bytes(b"text" * 99), "cannot be read as .nii.gz ("),
    ],
)
def test_what_is_no_file_is_one_sentence(tmp_path: Path, make, words: str) -> None:
    make(tmp_path / "a.nii.gz")
    with pytest.raises(DataError) as error:
        read_nifti(tmp_path / "a.nii.gz")
    assert words in str(error.value) and "a.nii.gz" in str(error.value)
