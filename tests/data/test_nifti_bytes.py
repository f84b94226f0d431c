"""A NIfTI file of a data set is whole, to the checksum behind its voxels, or one sentence; its values are nibabel's."""

from __future__ import annotations

import gzip
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pytest

from data.errors import DataError
from data.nifti import read_nifti, read_place
from data.sources.acdc import read_case
from data.sources.official import Official
from tests.data.acdc_folders import LPS, volume, write_nifti

NAME = "patient001_frame01"
IMAGE, LABEL = volume(NAME, (3, 40, 40))
BEGINS, SIZE = 352, LABEL.size
MOST = 2**23  # bytes that a refusal may take
Change = Callable[[bytearray], bytes]


def release(root: Path, change: Change, which: str = f"{NAME}_gt", packed: bool = True) -> Official:
    """Write a patient as the challenge releases it, one file's bytes changed."""
    ending = ".nii.gz" if packed else ".nii"
    for name, values in ((NAME, IMAGE), (f"{NAME}_gt", LABEL)):
        write_nifti(root / "patient001" / f"{name}{ending}", values)
    path = root / "patient001" / f"{which}{ending}"
    path.write_bytes(change(bytearray(path.read_bytes())))
    return Official("official", root)


def unpacked(change: Change) -> Change:
    return lambda content: gzip.compress(change(bytearray(gzip.decompress(content))))


def a_voxel_changed(content: bytearray) -> bytes:
    """Return a file that unpacks without a fault, but for its checksum."""
    plain = gzip.decompress(content)
    stored = bytearray(gzip.compress(plain, compresslevel=0))
    place = stored.index(plain[BEGINS:]) + int(np.flatnonzero(LABEL)[0])
    stored[place] = 0
    return bytes(stored)


def claiming(*sides: int) -> Change:
    def change(content: bytearray) -> bytes:
        content[40:48] = np.array([len(sides), *sides], "<i2").tobytes()
        return bytes(content)

    return change


def extended(content: bytearray) -> bytes:
    """Return a file whose header says that its voxels begin later, and that an extension there has 2 gigabytes."""
    content[108:112] = np.float32(BEGINS + 16).tobytes()
    content[348:352] = b"\1\0\0\0"
    return bytes(content[:BEGINS] + np.array([2**31 - 16, 6, 0, 0], "<i4").tobytes() + content[BEGINS:])


def beginning_at(place: float) -> Change:
    def change(content: bytearray) -> bytes:
        content[108:112] = np.float32(place).tobytes()
        return bytes(content)

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (a_voxel_changed, "(CRC check failed"),
        (lambda content: bytes(content[:-8]), "(Compressed file ended before the end-of-stream marker was reached)"),
        (lambda content: bytes(content[: len(content) // 2]), "(Compressed file ended before the end-of-stream"),
        (unpacked(lambda content: bytes(content[:-100])), f"(it ends after {BEGINS + SIZE - 100:,} of the 5,152 bytes"),
        (unpacked(lambda content: bytes(content + bytes(2**21))), "(it goes on after the 5,152 bytes"),
        (unpacked(lambda content: bytes(content[:200])), "(it ends within its header)"),
        (unpacked(extended), "(its header has an extension of 2,147,483,632 bytes, with room for 16)"),
        (unpacked(beginning_at(0)), "(its header says that its voxels begin after 0 bytes)"),
        (unpacked(beginning_at(2**30)), "(its header says that its voxels begin after 1,073,741,824 bytes)"),
        (unpacked(claiming(1000, 1000, 900)), "(its header claims 1000 x 1000 x 900 voxels, more than its"),
        (unpacked(claiming(30000, 30000, 30000)), "voxels, more than any volume has)"),
        (unpacked(claiming(0, 40, 3)), "(its array of 0 x 40 x 3 voxels holds no voxel)"),
        (lambda content: b"text" * 99, "(Not a gzipped file"),
    ],
)
def test_a_packed_mask_of_a_data_set_that_is_not_whole_is_one_sentence(tmp_path: Path, change, words: str) -> None:
    layout = release(tmp_path, change)
    tracemalloc.start()
    with pytest.raises(DataError) as error:
        read_case(layout, NAME)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert words in str(error.value) and f"{NAME}_gt.nii.gz cannot be read as .nii.gz" in str(error.value)
    assert "\n" not in str(error.value) and peak < MOST


@pytest.mark.parametrize("which", [NAME, f"{NAME}_gt"])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda content: bytes(content[:-100]), "it ends after"),
        (extended, "its header has an extension of 2,147,483,632 bytes"),
        (claiming(200, 200, 200), "its header claims 200 x 200 x 200 voxels, more than its"),
    ],
)
def test_image_and_mask_that_are_not_packed_are_looked_at_alike(tmp_path: Path, which, change, words: str) -> None:
    with pytest.raises(DataError) as error:
        read_case(release(tmp_path, change, which, packed=False), NAME)
    assert words in str(error.value) and f"{which}.nii cannot be read as .nii" in str(error.value)


def test_a_claim_is_seen_in_the_header_alone(tmp_path: Path) -> None:
    release(tmp_path, unpacked(claiming(1000, 1000, 900)))
    with pytest.raises(DataError, match="1000 x 1000 x 900 voxels"):
        read_place(tmp_path / "patient001" / f"{NAME}_gt.nii.gz")


@pytest.mark.parametrize("ending", [".nii", ".nii.gz", ".NII.GZ"])
@pytest.mark.parametrize("kind", ["u1", "<i2", ">i2", "<f4", ">f8"])
@pytest.mark.parametrize("scale", [(1, 0), (0.1, -3), (np.nan, 0), (0, 5)])
def test_voxels_come_out_bit_for_bit_as_from_nibabel(tmp_path: Path, ending: str, kind: str, scale) -> None:
    header = nibabel.Nifti1Header(endianness=">" if ">" in kind else "<")
    image = nibabel.Nifti1Image((IMAGE * 200).astype(kind).T, LPS, header)
    image.header.set_data_dtype(kind)
    content = bytearray(image.to_bytes())
    content[112:120] = np.array(scale, ">f4" if ">" in kind else "<f4").tobytes()
    (tmp_path / "a.nii").write_bytes(content)
    theirs = np.asanyarray(nibabel.load(tmp_path / "a.nii").dataobj).T
    (tmp_path / f"b{ending}").write_bytes(gzip.compress(content) if ending.lower().endswith("gz") else content)
    ours, _ = read_nifti(tmp_path / f"b{ending}")
    assert (ours.dtype, ours.shape, ours.tobytes()) == (theirs.dtype, theirs.shape, theirs.tobytes())
    assert ours.flags.writeable and len(np.unique(ours)) > 100
