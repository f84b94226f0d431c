"""Packed voxels of NRRD and MetaImage are whole, or refused, whatever one bit of them is changed."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from data.errors import DataError
from data.folders.images import is_flat, place_of, read_image
from tests.data.folders.harm import refused
from tests.data.folders.small_folders import itk, volume

HEAD = b"NRRD0005\ntype: short\ndimension: 3\nsizes: 5 4 3\nendian: little\nencoding: gz\n"
PACKED = {"a.nrrd": "a.nrrd", "a.nhdr": "a.raw.gz", "a.mha": "a.mha", "a.mhd": "a.zraw"}


@pytest.mark.parametrize(("name", "data"), PACKED.items())
def test_no_changed_bit_is_read_as_other_voxels(tmp_path: Path, name: str, data: str) -> None:
    values = np.random.default_rng(1).integers(0, 300, (4, 32, 32)).astype(np.int16)
    itk(tmp_path / name, values, packed=True)
    whole = (tmp_path / data).read_bytes()
    rng, told = np.random.default_rng(2), 0
    for place in rng.integers(len(whole) // 4, len(whole) - 8, 60):
        content = bytearray(whole)
        content[place] ^= 1 << rng.integers(8)
        (tmp_path / data).write_bytes(content)
        with pytest.raises(DataError, match=rf"{data} (cannot be read as|ends early)") as error:
            read_image(tmp_path / name)
        told += str(error.value).endswith("copy it again from its source")
    assert told == 60


@pytest.mark.parametrize(
    ("more", "content"),
    [
        (b"", gzip.compress(volume()[:1].tobytes()) + gzip.compress(volume()[1:].tobytes())),
        (b"", gzip.compress(volume().tobytes()) + b"\0" * 9),
        (b"line skip: 2\n", b"some\nwords\n" + gzip.compress(volume().tobytes())),
        (b"byte skip: -1\n", gzip.compress(b"words" + volume().tobytes())),
    ],
    ids=["two members", "padded", "after lines", "after bytes"],
)
def test_gzip_is_read_as_nrrd_has_it(tmp_path: Path, more: bytes, content: bytes) -> None:
    (tmp_path / "a.nrrd").write_bytes(HEAD + more + b"\n" + content)
    np.testing.assert_array_equal(read_image(tmp_path / "a.nrrd").channels[0], volume())


def test_a_stream_that_holds_too_little_is_told_by_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.nrrd").write_bytes(HEAD + b"\n" + gzip.compress(volume()[:2].tobytes()))
    refused(tmp_path, lambda: read_image(tmp_path / "a.nrrd"), r"ends early: it has 80 bytes of voxels, of 120; copy")
    second = bytearray(gzip.compress(volume()[1:].tobytes()))
    second[-6] ^= 1
    (tmp_path / "a.nrrd").write_bytes(HEAD + b"\n" + gzip.compress(volume()[:1].tobytes()) + second)
    refused(tmp_path, lambda: read_image(tmp_path / "a.nrrd"), r"a\.nrrd cannot be read as \.nrrd \(.*incorrect data")


@pytest.mark.parametrize("kind", [b"long long int", b"unsigned long long", b"block"])
def test_voxels_of_any_type_are_looked_at(tmp_path: Path, kind: bytes) -> None:
    content = bytearray(gzip.compress(volume().astype(np.int64).tobytes()))
    content[-6] ^= 1
    (tmp_path / "a.nrrd").write_bytes(HEAD.replace(b"short", kind) + b"\n" + content)
    refused(tmp_path, lambda: read_image(tmp_path / "a.nrrd"), r"a\.nrrd cannot be read as \.nrrd")


@pytest.mark.parametrize("name", ["a.nrrd", "a.mha"])
def test_where_voxels_lie_is_told_without_unpacking_them(tmp_path: Path, name: str) -> None:
    itk(tmp_path / name, volume(), packed=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("zlib.decompressobj", lambda *_: pytest.fail("voxels were unpacked"))
        assert place_of(tmp_path / name).shape == (3, 4, 5) and not is_flat(tmp_path / name)
