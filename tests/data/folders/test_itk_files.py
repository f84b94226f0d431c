"""Where an NRRD or MetaImage says that its voxels lie: files of any name, lists, patterns, and what is none of them."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import numpy as np
import pytest

from data.errors import DataError
from data.folders.images import place_of, read_image
from tests.data.folders.harm import refused
from tests.data.folders.small_folders import itk, volume

NRRD = "NRRD0005\ntype: short\ndimension: 3\nsizes: 5 4 3\nendian: little\nencoding: {}\ndata file: {}\n"
META = "ObjectType = Image\nNDims = 3\nDimSize = 5 4 3\nElementType = MET_SHORT\nCompressedData = {}\n"
HEADS = {".nhdr": (NRRD, "raw", "gzip"), ".mhd": (META + "ElementDataFile = {}\n", "False", "1")}


def slices(folder: Path) -> None:
    """Write three slices as s0, s1 and s2, raw and packed."""
    for number, values in enumerate(volume()):
        (folder / f"s{number}.raw").write_bytes(values.tobytes())
        (folder / f"s{number}.gz").write_bytes(gzip.compress(values.tobytes()))
        (folder / f"s{number}.zraw").write_bytes(zlib.compress(values.tobytes()))


def headed(folder: Path, ending: str, stated: str, packed: bool = False) -> Path:
    """Write a header that names its files so."""
    head, *packings = HEADS[ending]
    path = folder / f"a{ending}"
    path.write_text(head.format(packings[packed], stated), encoding="utf-8")
    return path


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("ending", [".mhd", ".nhdr"])
def test_a_file_of_any_letters_is_found_beside_its_header(tmp_path: Path, ending: str, packed: bool) -> None:
    path = itk(tmp_path / f"müller … 7{ending}", volume(), packed)
    np.testing.assert_array_equal(read_image(path).channels[0], volume())


def test_a_percent_sign_may_be_of_a_name_of_nrrd(tmp_path: Path) -> None:
    path = itk(tmp_path / "50% of a dose.nhdr", volume())
    np.testing.assert_array_equal(read_image(path).channels[0], volume())


@pytest.mark.parametrize("coding", ["latin-1", "utf-8"])
def test_micrometres_are_known_in_either_coding(tmp_path: Path, coding: str) -> None:
    slices(tmp_path)
    path = headed(tmp_path, ".nhdr", 's%d.raw 0 2 1\nspacings: 10 20 30\nunits: "µm" "µm" "µm"')
    path.write_bytes(path.read_text(encoding="utf-8").encode(coding))
    assert place_of(path).spacing == pytest.approx((0.03, 0.02, 0.01))


@pytest.mark.parametrize("ending", [".mhd", ".nhdr"])
def test_a_header_of_before_utf_8_still_says_what_it_lacks(tmp_path: Path, ending: str) -> None:
    path = headed(tmp_path, ending, "müller.raw")
    path.write_bytes(path.read_text(encoding="utf-8").encode("latin-1"))
    refused(tmp_path, lambda: read_image(path), rf"a\{ending} has its voxels in müller\.raw, which is not beside it")


@pytest.mark.parametrize(
    ("ending", "stated", "packed"),
    [
        (".mhd", "s%d.raw 0 2 1", False),
        (".mhd", "s%01d.zraw 0 2 1", True),
        (".mhd", "LIST\ns0.raw\ns1.raw\ns2.raw", False),
        (".mhd", "LIST 2D\ns0.zraw\ns1.zraw\ns2.zraw", True),
        (".nhdr", "s%d.raw 0 2 1", False),
        (".nhdr", "s%d.gz 0 2 1 2", True),
        (".nhdr", "LIST\ns0.gz\ns1.gz\ns2.gz", True),
    ],
)
def test_a_file_a_slice_is_a_volume(tmp_path: Path, ending: str, stated: str, packed: bool) -> None:
    slices(tmp_path)
    np.testing.assert_array_equal(read_image(headed(tmp_path, ending, stated, packed)).channels[0], volume())


def test_a_pattern_of_nrrd_may_run_backwards(tmp_path: Path) -> None:
    slices(tmp_path)
    found = read_image(headed(tmp_path, ".nhdr", "s%d.raw 2 0 -1"))
    np.testing.assert_array_equal(found.channels[0], volume()[::-1])


NO_PATTERN = r" has its voxels in files {}; expected NAME%d\.raw FIRST LAST STEP"


@pytest.mark.parametrize("ending", [".mhd", ".nhdr"])
@pytest.mark.parametrize(
    "stated", ["s%d.raw a 2 1", "s%d.raw 0 2 0", "s%s%d.raw 0 2 1", "s%d.raw 2 0 1", "s%9999999d.raw 0 2 1"]
)
def test_a_pattern_that_is_none_is_one_sentence(tmp_path: Path, ending: str, stated: str) -> None:
    slices(tmp_path)
    refused(tmp_path, lambda: place_of(headed(tmp_path, ending, stated)), NO_PATTERN.format(stated))


@pytest.mark.parametrize("stated", ["s%d.raw 2 0 -1", "s%d.raw 0 2 1 2", "s%d.raw 0 2", "s%.raw", "s%d.raw 0 999999 1"])
def test_a_pattern_that_metaimage_reads_as_chance_has_it_is_one_sentence(tmp_path: Path, stated: str) -> None:
    slices(tmp_path)
    (tmp_path / stated).write_bytes(volume().tobytes())
    refused(tmp_path, lambda: place_of(headed(tmp_path, ".mhd", stated)), NO_PATTERN.format(stated))


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ("s%d.raw 0 1 1", r"a\.mhd names 2 files of voxels; expected 3, each of one part"),
        ("LIST\ns0.raw\ns1.raw", r"a\.mhd names 2 files of voxels; expected 3, each of one part"),
        ("LIST 1\ns0.raw\ns1.raw", r"names 2 files of voxels; expected 12"),
        ("LIST 3\ns0.raw", r"a\.mhd has a list of files of 3 axes, as many as its own; name the one file instead"),
        ("LIST", r"a\.mhd has its voxels in LIST, 0 files; expected LIST, and a file a line below"),
        ("LISTED.raw", r"has its voxels in LISTED\.raw, 0 files; expected LIST"),
    ],
)
def test_files_of_a_metaimage_are_as_many_as_its_slices(tmp_path: Path, stated: str, words: str) -> None:
    slices(tmp_path)
    for path in tmp_path.glob("s?.raw"):
        path.write_bytes(volume().tobytes())  # enough of them for the whole
    refused(tmp_path, lambda: read_image(headed(tmp_path, ".mhd", stated)), words)


def test_a_list_of_a_metaimage_ends_its_last_line(tmp_path: Path) -> None:
    slices(tmp_path)
    path = headed(tmp_path, ".mhd", "LIST\ns0.raw\ns1.raw\ns2.raw")
    path.write_text(path.read_text(encoding="utf-8").rstrip(), encoding="utf-8")
    refused(tmp_path, lambda: read_image(path), r"ends within its list of files, whose last one ITK then leaves out")


def test_a_metaimage_of_text_may_be_shorter_than_its_voxels(tmp_path: Path) -> None:
    path = itk(tmp_path / "a.mha", np.zeros((3, 4, 5), np.float32))
    head = path.read_bytes().partition(b"ElementDataFile")[0].replace(b"BinaryData = True", b"BinaryData = False")
    path.write_bytes(head + b"ElementDataFile = LOCAL\n" + b"1 2 3 4 5 6 " * 10)
    assert read_image(path).channels[0].ravel().tolist() == [1, 2, 3, 4, 5, 6] * 10


def test_bzip2_is_named_with_its_cure(tmp_path: Path) -> None:
    slices(tmp_path)
    path = headed(tmp_path, ".nhdr", "s0.raw")
    path.write_text(path.read_text(encoding="utf-8").replace("raw\n", "bzip2\n", 1), encoding="utf-8")
    with pytest.raises(DataError, match=r"a\.nhdr is packed by bzip2, which is not read; save it unpacked, or packed"):
        read_image(path)
