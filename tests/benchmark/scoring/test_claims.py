"""A file that claims more than it holds is one sentence, said before memory is asked for; a changed byte shows."""

from __future__ import annotations

import gzip
import tracemalloc
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import h5py
import nibabel
import numpy as np
import pytest

from benchmark.errors import UsageError
from benchmark.scoring.mask_files import read_labels
from tests.benchmark.scoring.mask_folders import HALF, nifti

MOST = 2**23  # bytes that a refusal may take; each of these files claims 100 times as much or more
HUGE = (1000, 1000, 1000)


def header(path: Path, shape: tuple[int, ...], after: int = 0) -> None:
    """Write the header of a volume with some bytes after it."""
    head = nibabel.Nifti1Header()
    head.set_data_dtype(np.uint8)
    head["dim"][: len(shape) + 1] = [len(shape), *shape]
    head["magic"], head["vox_offset"] = b"n+1", 352
    content = head.binaryblock + bytes(4 + after)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


def extended(path: Path) -> None:
    """Write a header whose extension says that it has two gigabytes."""
    header(path, HALF.shape, HALF.size)
    content = bytearray(path.read_bytes())
    content[108:112] = np.float32(2**19).tobytes()
    content[348:360] = b"\x01\0\0\0" + np.array([2**31 - 16, 6], "<i4").tobytes()
    path.write_bytes(content + bytes(2**19))


def lying_npz(path: Path) -> None:
    content = BytesIO()
    np.lib.format.write_array_header_1_0(content, {"descr": "|u1", "fortran_order": False, "shape": HUGE})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("pred.npy", content.getvalue() + bytes(1000))


def unwritten(path: Path, shape: tuple[int, ...] = HUGE) -> None:
    with h5py.File(path, "w") as file:
        file.create_dataset("label", shape, np.uint8, chunks=(1, 1000, 1000), compression="gzip")


@pytest.mark.parametrize(
    ("name", "write", "words"),
    [
        ("a.nii", lambda path: header(path, HUGE, 500), "claims 1000 x 1000 x 1000 voxels, more than its 852 bytes"),
        ("a.nii.gz", lambda path: header(path, HUGE, 500), "claims 1000 x 1000 x 1000 voxels, more than its"),
        ("a.nii.gz", lambda path: header(path, (100, 100, 50), 500), "it ends after 852 of the 500,352 bytes"),
        ("a.nii.gz", lambda path: header(path, (20, 20, 20), 2**27), "it goes on after the 8,352 bytes"),
        ("a.nii", lambda path: header(path, (30000, 30000, 30000)), "voxels, more than any volume has"),
        ("a.nii", lambda path: header(path, (20, -3, 20), 9000), "array of 20 x -3 x 20 voxels holds no voxel"),
        ("a.nii", lambda path: header(path, (0, 20, 20), 9000), "array of 0 x 20 x 20 voxels holds no voxel"),
        ("a.nii", extended, "its header has an extension of 2,147,483,632 bytes"),
        ("a.npz", lying_npz, "pred.npy claims 1,000,000,000 bytes and holds 1,000"),
        ("a.h5", unwritten, "claims 1000 x 1000 x 1000 voxels, more than its 0 bytes can hold"),
        ("a.h5", lambda path: unwritten(path, (10**6, 10**4, 10**3)), "voxels, more than any volume has"),
    ],
)
def test_a_claim_is_checked_before_it_is_believed(
    tmp_path: Path, name: str, write: Callable[[Path], None], words: str
) -> None:
    write(tmp_path / name)
    tracemalloc.start()
    with pytest.raises(UsageError) as error:
        read_labels(tmp_path / name)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert words in str(error.value) and str(tmp_path / name) in str(error.value)
    assert peak < MOST


def test_a_changed_byte_in_a_packed_file_shows_though_it_unpacks(tmp_path: Path) -> None:
    mask = np.tile(HALF, (3, 4, 5))
    nifti(tmp_path / "plain.nii", mask)
    content = (tmp_path / "plain.nii").read_bytes()
    stored = bytearray(gzip.compress(content, compresslevel=0))
    place = stored.index(content[352:]) + int(np.flatnonzero(mask == 1)[0])
    stored[place] = 0
    (tmp_path / "a.nii.gz").write_bytes(stored)
    assert np.asanyarray(nibabel.load(tmp_path / "a.nii.gz").dataobj).sum() == mask.sum() - 1  # it is read all the same
    with pytest.raises(UsageError, match=r"cannot be read as \.nii\.gz \(CRC check failed"):
        read_labels(tmp_path / "a.nii.gz")


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("image", [nibabel.Nifti1Image, nibabel.Nifti2Image])
@pytest.mark.parametrize("order", ["<", ">"])
def test_whole_files_of_every_header_are_read(tmp_path: Path, packed: bool, image: type, order: str) -> None:
    head = nibabel.Nifti1Header(endianness=order) if image is nibabel.Nifti1Image else None
    path = tmp_path / ("a.nii.gz" if packed else "a.nii")
    nibabel.save(image(HALF.T, np.eye(4), head), path)
    with path.open("ab") as file:
        file.write(b"" if packed else bytes(7))  # padding
    assert np.array_equal(read_labels(path).values, HALF)


def test_scaled_labels_are_whole_where_they_come_out_whole(tmp_path: Path) -> None:
    for slope, words in ((0.5, None), (0.3333333, "which is nearly")):
        image = nibabel.Nifti1Image((HALF.T * (2 if words is None else 3)).astype(np.uint8), np.eye(4))
        image.header.set_slope_inter(slope, 0)
        image.header["scl_slope"], image.header["scl_inter"] = slope, 0
        content = bytearray(image.to_bytes())
        content[112:120] = np.array([slope, 0], "<f4").tobytes()
        (tmp_path / "a.nii").write_bytes(content)
        if words is None:
            assert np.array_equal(read_labels(tmp_path / "a.nii").values, HALF)
            continue
        with pytest.raises(UsageError, match=words):
            read_labels(tmp_path / "a.nii")


def test_a_packed_file_is_unpacked_once_for_voxels_and_checksum(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nifti(tmp_path / "a.nii.gz", np.zeros((64, 256, 256), np.uint8))
    read, whole = 0, gzip.GzipFile.read

    def counted(self, size=-1):
        nonlocal read
        found = whole(self, size)
        read += len(found)
        return found

    monkeypatch.setattr(gzip.GzipFile, "read", counted)
    read_labels(tmp_path / "a.nii.gz")
    assert read <= 1.01 * 64 * 256 * 256
